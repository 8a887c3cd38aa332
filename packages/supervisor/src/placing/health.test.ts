import type { AttemptRef, Body } from '@tutti/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answered,
  compareStandings,
  HALVED_MS,
  isSlow,
  LATE_BEAT_MS,
  SLOW_ANSWER_MS,
  strainOf,
  UNASKED,
} from './health.ts';
import { Registry } from './registry.ts';

const ref: AttemptRef = { run: 'r', step: 's', attempt: 1, epoch: 5 };
type Beat = Body<'agent.beat'>;

const after = (...tookMs: readonly number[]) => tookMs.reduce((before, ms) => answered(before, ms, 0), UNASKED);
const isSlowAfter = (tookMs: readonly number[], nowMs = 0): boolean =>
  isSlow({ answering: after(...tookMs), seenMs: nowMs }, nowMs);

describe('a process that answers orders', () => {
  it.each([
    ['at once', [1, 1, 1, 1, 1, 1], false],
    ['late once, by half a second', [1, 500], false],
    ['once not at all in two seconds', [2_000], true],
    ['late each time, by half a second', [500, 500, 500, 500], true],
    ['late, and then at once some times', [2_000, 1, 1, 1], false],
  ])('%s: slow is %3$s', (_, tookMs, slow) => {
    expect(isSlowAfter(tookMs)).toBe(slow);
  });

  it('late gets another try in time, though nobody has asked it meanwhile', () => {
    expect(isSlowAfter([2_000, 2_000], HALVED_MS - 1)).toBe(true);
    expect(isSlowAfter([2_000, 2_000], 2 * HALVED_MS)).toBe(false);
  });

  it('never counts as slower than its slowest answer, nor as quicker than nothing', () => {
    const answers = fc.array(fc.record({ tookMs: fc.nat(60_000), inMs: fc.nat(60_000) }), { minLength: 1 });
    fc.assert(
      fc.property(answers, (list) => {
        let [known, nowMs] = [UNASKED, 0];
        for (const { tookMs, inMs } of list) {
          nowMs += inMs;
          known = answered(known, tookMs, nowMs);
        }
        expect(known.ms).toBeGreaterThanOrEqual(0);
        expect(known.ms).toBeLessThanOrEqual(Math.max(...list.map(({ tookMs }) => tookMs)));
      }),
    );
  });
});

it('a process whose beat is late is slow until it beats again', () => {
  expect(isSlow({ answering: UNASKED, seenMs: 0 }, LATE_BEAT_MS)).toBe(false);
  expect(isSlow({ answering: UNASKED, seenMs: 0 }, LATE_BEAT_MS + 1)).toBe(true);
});

it('the strain of a process is the worse of its cpu and its memory, in quarters', () => {
  expect([undefined, { cpu: 0.24, memory: 0 }, { cpu: 0.1, memory: 0.5 }, { cpu: 7, memory: 0 }].map(strainOf)).toEqual(
    [0, 0, 2, 4],
  );
});

it('health is looked at first, then how many instances work, then the strain; the order is one', () => {
  const standing = fc.record({
    isSlow: fc.boolean(),
    busy: fc.constantFrom(0, 1 / 3, 0.5, 1),
    strain: fc.integer({ min: 0, max: 4 }),
  });
  const best = [
    { isSlow: false, busy: 0, strain: 4 },
    { isSlow: false, busy: 0.5, strain: 0 },
    { isSlow: false, busy: 0.5, strain: 1 },
    { isSlow: true, busy: 0, strain: 0 },
  ];
  expect([...best].reverse().sort(compareStandings)).toEqual(best);
  fc.assert(
    fc.property(standing, standing, standing, (a, b, c) => {
      expect(Math.sign(compareStandings(a, b))).toBe(-Math.sign(compareStandings(b, a)) + 0);
      if (compareStandings(a, b) <= 0 && compareStandings(b, c) <= 0)
        expect(compareStandings(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});

describe('the registry, asked for a free instance', () => {
  const beat = (process: string, seq: number, more: Partial<Beat> = {}): Beat => ({
    ...{ process, host: 'h', pid: 1, seq, startedAtMs: 0, version: '0', left: false },
    instances: [1, 2].map((n) => ({ role: 'pm', instance: `${process}-${n}`, state: 'idle' as const })),
    ...more,
  });
  const two = (): Registry => {
    const registry = new Registry();
    for (const process of ['p', 'q']) registry.beat(beat(process, 1), 0);
    return registry;
  };
  const slowAnswer = (registry: Registry): void => {
    registry.give('pm', 'p-1', ref, 0);
    registry.answered('pm', 'p-1', ref, SLOW_ANSWER_MS * 5);
    registry.giveBack('pm', 'p-1', ref);
  };
  const nowMs = SLOW_ANSWER_MS * 5;

  it('charges no silence to a new process of the name', () => {
    const registry = two();
    registry.give('pm', 'p-1', ref, 0);
    registry.beat(beat('p', 2, { left: true, instances: [] }), 10);
    registry.beat(beat('p', 1, { startedAtMs: 20 }), 20);
    registry.answered('pm', 'p-1', ref, SLOW_ANSWER_MS * 9);
    expect(registry.list(30).some(({ slow }) => slow === true)).toBe(false);
  });

  it('names one of a process that answers late only where no other has one', () => {
    const registry = two();
    slowAnswer(registry);
    for (const tie of [0, 0.9]) expect(registry.pick('pm', tie, nowMs)).toMatch(/^q-/);
    registry.give('pm', 'q-1', ref, nowMs);
    expect(registry.pick('pm', 0, nowMs)).toBe('q-2');
    registry.give('pm', 'q-2', ref, nowMs);
    expect(registry.pick('pm', 0, nowMs)).toMatch(/^p-/);
  });

  it('says of its instances that they are slow, as long as they are', () => {
    const registry = two();
    slowAnswer(registry);
    const slow = (atMs: number) =>
      registry.list(atMs).flatMap(({ instance, slow }) => (slow === true ? [instance] : []));
    expect(slow(nowMs)).toEqual(['p-1', 'p-2']);
    registry.beat(beat('p', 2), nowMs + HALVED_MS);
    registry.beat(beat('q', 2), nowMs + HALVED_MS);
    expect(slow(nowMs + HALVED_MS)).toEqual([]);
  });

  it('names one of a process whose beats are late only where no other has one', () => {
    const registry = two();
    registry.beat(beat('q', 2), 1_000);
    expect(registry.pick('pm', 0, LATE_BEAT_MS + 1)).toMatch(/^q-/);
    // Late are all: then nobody stands behind, and this node may be what is late.
    expect(registry.pick('pm', 0, 10_000)).toMatch(/^p-/);
  });

  it('takes the less strained of two that have as much to do, and never before one that has less to do', () => {
    const registry = two();
    registry.beat(beat('p', 2, { load: { cpu: 0.8, memory: 0.1 } }), 1);
    registry.beat(beat('q', 2, { load: { cpu: 0.1, memory: 0.1 } }), 1);
    expect(registry.pick('pm', 0, 1)).toMatch(/^q-/);
    registry.give('pm', 'q-1', ref, 1);
    expect(registry.pick('pm', 0, 1)).toMatch(/^p-/);
  });
});
