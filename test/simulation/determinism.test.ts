import { workflow } from '@tutti/planner';
import { NO_FAULTS, seedDag, seeded, simulate, VirtualTime } from '@tutti/testkit/simulation';
import { describe, expect, it } from 'vitest';

describe('a run of the simulation', () => {
  it('takes the seed DAG through one node on virtual time to its end', async () => {
    const { runs, converged, elapsed } = await simulate({
      seed: 1,
      rates: NO_FAULTS,
      mischief: 0,
      nodes: 1,
      runs: [seedDag()],
    });
    expect(converged).toBe(true);
    expect(runs[0]?.view).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
    expect(runs[0]?.events.at(-1)?.type).toBe('run.finished');
    // The latency of some fifty messages and the work of six agents: it was virtual time that passed.
    expect(elapsed).toBeGreaterThan(1_000);
  });

  it('gives the same trace for the same seed, faults and all, and another for another seed', async () => {
    const first = await simulate({ seed: 7 });
    const second = await simulate({ seed: 7 });
    const other = await simulate({ seed: 8 });
    expect(first.trace.observations.length).toBeGreaterThan(100);
    expect(second.trace.hash).toBe(first.trace.hash);
    expect(other.trace.hash).not.toBe(first.trace.hash);
  });
});

describe('a prompt in the simulation', () => {
  /** As many characters as there are ms of this second, and a word by chance; long enough for others to have their turn. */
  const PROMPT =
    '{% assign ms = "now" | date: "%L" | plus: 0 %}{% for i in (0..ms) %}x{% endfor %}{{ words | sample }}' +
    '{% for a in (1..50) %}{% for b in (1..100) %}{% endfor %}{% endfor %}';
  const prompted = workflow('prompted', (w) => {
    const words = ['a', 'bb', 'ccc', 'dddd', 'eeeee'];
    for (const id of ['pm', 'ux', 'qa', 'analyst']) w.step(id, { prompt: PROMPT, with: { words } });
  });
  const sizes = async (seed: number): Promise<unknown[]> => {
    const { runs } = await simulate({ seed, rates: NO_FAULTS, mischief: 0, nodes: 1, runs: [prompted] });
    expect(runs[0]?.view).toMatchObject({ outcome: 'succeeded' });
    return runs[0]?.events.flatMap(({ type, data }) => (type === 'step.succeeded' ? [data['inputBytes']] : [])) ?? [];
  };

  it('has its time and its chance from the seed', async () => {
    const first = await sizes(1);
    expect(first).toHaveLength(4);
    expect(new Set(first).size).toBeGreaterThan(1);
    expect(await sizes(1)).toEqual(first);
    expect(await sizes(2)).not.toEqual(first);
  });
});

describe('virtual time', () => {
  const order = async (seed: number): Promise<string> => {
    const time = new VirtualTime(seeded(seed));
    const ran: string[] = [];
    for (const name of 'abcdefgh') time.after(5, () => ran.push(name));
    time.after(1, () => ran.push('<'));
    await time.runUntil(() => false, 10);
    return ran.join('');
  };

  it('runs events by time, and those of one time in an order that the seed decides', async () => {
    expect(await order(1)).toBe(await order(1));
    expect((await order(1)).startsWith('<')).toBe(true);
    expect(new Set([await order(1), await order(2), await order(3)]).size).toBeGreaterThan(1);
  });

  it('steps on only when every promise that an event set off is done', async () => {
    const time = new VirtualTime(seeded(1));
    const ran: string[] = [];
    const slow = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      ran.push('late');
    };
    time.after(1, () => void slow());
    time.after(2, () => ran.push('next'));
    await time.runUntil(() => false, 10);
    expect(ran).toEqual(['late', 'next']);
  });

  it('does not run what was cancelled', async () => {
    const time = new VirtualTime(seeded(1));
    const ran: string[] = [];
    time.after(1, () => ran.push('cancelled')).cancel();
    time.after(1, () => ran.push('kept'));
    await time.runUntil(() => false, 10);
    expect(ran).toEqual(['kept']);
  });
});
