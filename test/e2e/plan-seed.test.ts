/** `tutti plan FILE --json` of the specification's own eight blocks: the fields that scripts rely on, in seconds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planReport } from '@tutti/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../packages/planner/src/seed.fixture.ts';
import { type Ended, tutti } from './cli-process.ts';

let cwd = '';
let ended: Ended;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'tutti-seed-'));
  writeFileSync(join(cwd, 'seed.yaml'), SEED);
  ended = await tutti(['plan', 'seed.yaml', '--json'], { cwd });
});
afterAll(() => rmSync(cwd, { recursive: true }));

const report = (): any => JSON.parse(ended.stdout);

describe('the plan of the eight blocks as JSON', () => {
  it('ends 0 with nothing but the plan', () => {
    expect(ended.code).toBe(0);
    expect(ended.stderr).toBe('');
    expect(planReport.safeParse(report()).error).toBeUndefined();
  });

  it('has five groups in their order, the two design agents together', () => {
    const groups = report().groups.map(({ id, steps }: { id: string; steps: string[] }) => ({ id, steps }));
    expect(groups).toEqual([
      { id: 'group_1_foundation', steps: ['analyst'] },
      { id: 'group_2_requirements', steps: ['pm'] },
      { id: 'group_3_design_architecture', steps: ['ux_expert', 'architect'] },
      { id: 'group_4_implementation', steps: ['developer'] },
      { id: 'group_5_quality', steps: ['qa'] },
    ]);
  });

  it('has the critical path through one of the two', () => {
    expect(report().criticalPath.join(' ')).toMatch(/^analyst pm (ux_expert|architect) developer qa$/);
  });

  it('says in seconds how long it takes, that it cannot be shorter, and how long one after another', () => {
    // The middles of the estimates: 4 + 5 + 7 + 10 + 5 minutes, and 7 more for the second design agent.
    expect(report()).toMatchObject({ makespan: 31 * 60, lowerBound: 31 * 60, sequential: 38 * 60, optimal: true });
  });
});
