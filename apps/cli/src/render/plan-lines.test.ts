import { readFileSync } from 'node:fs';
import type { Finding } from '@tutti/contracts';
import { inspectWorkflow, planWorkflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { lineWidth } from '../text/line.ts';
import { githubLine } from './github-lines.ts';
import { planLines, speedLine } from './plan-lines.ts';

const SEED = readFileSync(new URL('../../../../test/e2e/fixtures/seed-blocks.yaml', import.meta.url));
const { definition, findings } = inspectWorkflow(SEED, { file: 'seed.yaml' });
const plan = planWorkflow(definition!);
const view = (columns: number, unicode = true) =>
  planLines({ definition: definition!, plan, findings }, { columns, unicode });
const text = (columns: number, unicode = true) =>
  view(columns, unicode)
    .map((line) => line.map(([part]) => part).join(''))
    .join('\n');

describe('a plan for people', () => {
  it('shows each step where it lies in time: parallel ones below each other, the next where they end', () => {
    const bars = text(120)
      .split('\n')
      .filter((line) => /^ {2}\w+ +[·█▓░]+ {2}/.test(line));
    const bar = (id: string) => bars.find((line) => line.startsWith(`  ${id} `))!.replace(/[^·█]/g, '');
    expect(bars).toHaveLength(6);
    expect(bar('ux_expert')).toBe(bar('architect'));
    expect(bar('developer').indexOf('█')).toBe(bar('architect').lastIndexOf('█') + 1);
  });

  it('prints the table of words, the pool and the peak', () => {
    expect(text(120)).toContain('low 15/12   medium 30/25   high 40/35   very_high 60/50');
    expect(text(120)).toContain('120 cpu, 100 memory, 3 agents at once');
  });

  it('uses ASCII alone where the terminal has no more', () => {
    const chart = text(100, false).split('Notes')[0]!;
    expect([...chart].every((char) => char.charCodeAt(0) < 127)).toBe(true);
  });

  it('cuts its chart to the width, and its findings never', () => {
    const lines = view(60);
    const chart = lines.slice(
      0,
      lines.findIndex((line) => line[0]?.[0] === 'Edges'),
    );
    expect(Math.max(...chart.map(lineWidth))).toBeLessThanOrEqual(60);
    expect(text(60)).toContain(findings[0]!.message);
  });

  it('claims no more than was proved', () => {
    expect(speedLine(plan)).toContain('31 m is the lower bound: no schedule is shorter');
    const loose = speedLine({ ...plan, optimal: false, lowerBoundMs: 1_000_000 });
    expect(loose).toContain('no schedule is shorter than 16 m 40 s');
    expect(speedLine({ ...plan, sequentialMs: plan.makespanMs })).not.toContain('times as fast');
  });
});

it('a finding for GitHub escapes what would end its fields', () => {
  const finding: Finding = { code: 'bad_value', severity: 'note', file: 'a,b:c', line: 1, col: 2, message: '50%\nx' };
  expect(githubLine(finding)).toBe('::notice file=a%2Cb%3Ac,line=1,col=2,title=bad_value::50%25%0Ax');
});
