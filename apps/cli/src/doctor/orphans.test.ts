import type { RunView, StepView } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { doctorExit } from './checks.ts';
import { checkOrphans } from './orphans.ts';

const step = (agent: string, kind?: 'instance' | 'pool'): StepView => ({
  ...{ id: agent, agent, status: kind === undefined ? ('running' as const) : ('placing' as const), attempt: 1 },
  ...(kind === undefined ? {} : { waitsOn: { kind, names: [], reason: 'because', sinceMs: 1 } }),
});

const view = (run: string, ...steps: readonly StepView[]): RunView => ({
  ...{ run, workflow: 'w', planHash: 'p', phase: 'running', submittedAtMs: 0, contextVersion: 0, lastSeq: 1 },
  ...{ owner: 'n', steps: [...steps], groups: [], conflicts: [] },
});

describe('doctor', () => {
  it('names the agents that runs wait for and nobody offers, the most wanted first', () => {
    const views = [
      view('r1', step('pm'), step('qa', 'instance')),
      view('r2', step('qa', 'instance'), step('qa', 'instance'), step('ux', 'instance')),
    ];
    const check = checkOrphans(views, [{ role: 'pm' }]);
    expect(check).toMatchObject({
      verdict: 'bad',
      found: 'nobody offers what they wait for: qa (2 runs), ux (1 run)',
      advice: expect.stringContaining('tutti agent start'),
    });
    expect(doctorExit([check])).toBe(1);
  });

  it('is content with runs that wait for a busy instance or for the pool', () => {
    const views = [view('r1', step('pm', 'instance'), step('ux', 'pool'))];
    expect(checkOrphans(views, [{ role: 'pm' }])).toMatchObject({ verdict: 'ok' });
    expect(checkOrphans([], [])).toMatchObject({ verdict: 'ok' });
  });

  it('does not call well what it has not seen whole', () => {
    const check = checkOrphans([view('r', step('pm'))], [], true);
    expect(check).toMatchObject({
      verdict: 'note',
      found: expect.stringMatching(/^of 1 run none .* others were not seen$/),
    });
    expect(checkOrphans([view('r', step('qa', 'instance'))], [], true).verdict).toBe('bad');
  });

  it('names five agents and counts the others', () => {
    const views = [view('r', ...Array.from({ length: 7 }, (_, n) => step(`a${n}`, 'instance')))];
    expect(checkOrphans(views, []).found).toMatch(/a0 \(1 run\), .*a4 \(1 run\) and 2 more$/);
  });
});
