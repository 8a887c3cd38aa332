import { ALONE_MS } from '@tutti/contracts';
import { workflow } from '@tutti/planner';
import { NO_FAULTS, type Simulation, type SimulationOptions, simulate } from '@tutti/testkit/simulation';
import { describe, expect, it } from 'vitest';
import { violations } from './check-seed.ts';

/** Work that takes so long that most faults find some of it running, and may be alone for longer than any of them lasts. */
const AT_WORK = { rates: NO_FAULTS, mischief: 0, maxWorkMs: 8_000, lateMs: 0, calmMs: 120_000, aloneMs: ALONE_MS };
const SEEDS = [3, 12, 15, 18];

/** No step is cut off by its time-out, and each would be tried again. */
const patient = workflow('patient', (w) => {
  w.about({ timeout: '2_hours' });
  const keys = { timeout: '1_hours', retry: { max_attempts: 9, backoff: '100_ms' } };
  const first = w.step('first', { agent: 'pm', ...keys });
  const left = w.step('left', { agent: 'ux', ...keys, depends_on: [first.completion] });
  const right = w.step('right', { agent: 'architect', ...keys, depends_on: [first.completion] });
  w.step('last', { agent: 'qa', ...keys, depends_on: [left.completion, right.completion] });
});

async function ran(options: Omit<SimulationOptions, keyof typeof AT_WORK>): Promise<Simulation> {
  const simulation = await simulate({ ...AT_WORK, runs: [patient, patient, patient], ...options });
  expect(await violations(simulation)).toEqual([]);
  return simulation;
}

/** Steps that were begun more than once. */
function again({ runs }: Simulation): string[] {
  const begun = runs.flatMap(({ run, events }) =>
    events.flatMap(({ type, data }) => (type === 'step.started' ? [`${run}/${data.step}`] : [])),
  );
  return begun.filter((step, at) => begun.indexOf(step) !== at);
}

describe('nobody but nodes and the broker fails: what runs is adopted, and nothing is done again', () => {
  it('while nodes die, whatever their successors had done with the same instances', async () => {
    for (const seed of SEEDS) {
      const simulation = await ran({
        seed,
        nodes: 3,
        deeds: (cluster, time) => {
          for (const atMs of [6_000, 16_000, 27_000]) {
            time.after(atMs + seed * 300, () => {
              const [node] = cluster.running('node');
              if (node !== undefined) cluster.crash(node);
            });
          }
        },
      });
      expect([seed, again(simulation)]).toEqual([seed, []]);
    }
  });

  it('while the broker is away for longer than any lease, and agents are back after the nodes', async () => {
    for (const seed of SEEDS) {
      const deeds: SimulationOptions['deeds'] = (cluster, time) => {
        for (const atMs of [5_000, 17_000]) time.after(atMs + seed * 300, () => cluster.restartBroker(5_000, 2_000));
      };
      const simulation = await ran({ seed, nodes: 2, deeds });
      expect([seed, again(simulation)]).toEqual([seed, []]);
    }
  });
});
