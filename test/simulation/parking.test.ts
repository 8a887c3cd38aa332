import { workflow } from '@tutti/planner';
import { LATE_ROLE, NO_FAULTS, simulate } from '@tutti/testkit/simulation';
import { expect, it } from 'vitest';
import { violations } from './check-seed.ts';
import { gather } from './checkers/index.ts';

const waits = workflow('waits', (w) => {
  w.about({ timeout: '2_hours' });
  w.step('first', { agent: 'pm' });
  w.step('second', { agent: LATE_ROLE, depends_on: ['first'] });
});

/** How often its run wrote when the agent it needed joined after this long, virtual ms. */
async function recordsAfter(lateMs: number): Promise<number> {
  const options = { seed: 1, rates: NO_FAULTS, mischief: 0, nodes: 1, runs: [waits] };
  const simulation = await simulate({ ...options, lateMs, calmMs: lateMs + 30_000 });
  expect(await violations(simulation)).toEqual([]);
  expect(simulation.runs[0]?.view).toMatchObject({ outcome: 'succeeded', steps: [{ attempt: 1 }, { attempt: 1 }] });
  const { journals } = await gather(simulation);
  return journals.find(({ key }) => key.startsWith('wf.'))?.records.length ?? 0;
}

it('a run that waits for an agent writes no more in five minutes than in one, and goes on when the agent joins', async () => {
  expect(await recordsAfter(300_000)).toBe(await recordsAfter(60_000));
});
