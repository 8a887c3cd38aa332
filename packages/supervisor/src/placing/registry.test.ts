import type { AttemptRef, Body } from '@tutti/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BELIEVE_BEATS_AFTER_MS, Registry } from './registry.ts';

type Beat = Body<'agent.beat'>;

const ref: AttemptRef = { run: 'r', step: 's', attempt: 1, epoch: 5 };

const beat = (seq: number, row: Partial<Beat['instances'][number]> = {}): Beat => ({
  process: 'p',
  host: 'h',
  pid: 1,
  seq,
  startedAtMs: 0,
  version: '0',
  left: false,
  instances: [{ role: 'pm', instance: 'p-1', state: 'idle', ...row }],
});

describe('the registry', () => {
  it('does not believe a beat that was on its way when the instance was given an attempt', () => {
    const registry = new Registry();
    registry.beat(beat(1), 0);
    registry.give('pm', 'p-1', ref, 10);
    expect(registry.beat(beat(2), 20)).toMatchObject({ lost: [], freed: [] });
    expect(registry.pick('pm', 0, 0)).toBeUndefined();
  });

  it('takes an instance back when its beats no longer name the attempt, and says that nobody runs it', () => {
    const registry = new Registry();
    registry.beat(beat(1), 0);
    registry.give('pm', 'p-1', ref, 10);
    const late = 10 + BELIEVE_BEATS_AFTER_MS + 1;
    expect(registry.beat(beat(2), late)).toMatchObject({ lost: [{ ref, instance: 'p-1' }], freed: ['pm'] });
    expect(registry.pick('pm', 0, 0)).toBe('p-1');
  });

  it('lists an instance that drains as such, also while it still works', () => {
    const registry = new Registry();
    const stateAfter = (seq: number, row: Parameters<typeof beat>[1]): string | undefined => {
      registry.beat(beat(seq, row), seq);
      return registry.list(seq)[0]?.state;
    };
    expect(stateAfter(1, { state: 'running', attempt: ref })).toBe('busy');
    expect(stateAfter(2, { state: 'running', attempt: ref, draining: true })).toBe('draining');
    expect(stateAfter(3, { state: 'draining' })).toBe('draining');
    expect(stateAfter(4, { state: 'idle' })).toBe('idle');
  });

  it('chooses the least loaded process, whatever was given, got back, refused and dropped before', () => {
    const processes = ['p', 'q', 'r'];
    const rowsOf = (p: string, n: number) =>
      Array.from({ length: n }, (_, i) => ({
        role: i % 2 === 0 ? 'pm' : 'qa',
        instance: `${p}-${i}`,
        state: 'idle' as const,
      }));
    const move = fc.record({
      what: fc.constantFrom('give', 'back', 'suspect', 'beat', 'leave'),
      process: fc.constantFrom(...processes),
      n: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (moves, tie) => {
        const registry = new Registry();
        for (const [seq, { what, process, n }] of moves.entries()) {
          const [role, id] = [n % 2 === 0 ? 'pm' : 'qa', `${process}-${n}`];
          if (what === 'give') registry.give(role, id, { ...ref, epoch: seq }, 0);
          else if (what === 'back') registry.giveBack(role, id, { ...ref, epoch: seq });
          else if (what === 'suspect') registry.suspect(role, id);
          else registry.beat({ ...beat(seq + 1), process, left: what === 'leave', instances: rowsOf(process, n) }, 0);
          const rows = registry.list(0);
          const load = (p: string) => {
            const own = rows.filter((row) => row.process === p);
            return own.filter((row) => row.state === 'busy').length / own.length;
          };
          const idle = rows.filter((row) => row.role === 'pm' && row.state === 'idle');
          const picked = rows.find((row) => row.instance === registry.pick('pm', tie, 0));
          expect(picked === undefined).toBe(idle.length === 0);
          if (picked === undefined) continue;
          expect(picked.state).toBe('idle');
          expect(load(picked.process)).toBeCloseTo(Math.min(...idle.map((row) => load(row.process))), 9);
        }
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('leaves an attempt with the instance as long as its beats name it', () => {
    const registry = new Registry();
    registry.beat(beat(1), 0);
    registry.give('pm', 'p-1', ref, 10);
    const late = 10 + BELIEVE_BEATS_AFTER_MS + 1;
    expect(registry.beat(beat(2, { state: 'running', attempt: ref }), late)).toMatchObject({ lost: [], freed: [] });
    expect(registry.pick('pm', 0, 0)).toBeUndefined();
  });
});

describe('an attempt that another node gave, and that a run of this node adopted', () => {
  const named = beat(1, { state: 'running', attempt: ref });

  it.each([
    ['its process falls silent', (registry: Registry) => registry.expire(60_000).flatMap(({ lost }) => lost)],
    ['its process says good-bye', (registry: Registry) => registry.beat({ ...beat(2), left: true }, 1_000).lost],
    [
      'its process starts anew',
      (registry: Registry) => registry.beat({ ...beat(1), startedAtMs: 2, instances: [] }, 1_000).replaced?.lost ?? [],
    ],
    ['its instance goes', (registry: Registry) => registry.beat({ ...beat(2), instances: [] }, 1_000).lost],
    ['its instance no longer names it', (registry: Registry) => registry.beat(beat(2), 1_000).lost],
  ])('is lost when %s', (_, happens) => {
    const registry = new Registry();
    registry.beat(named, 0);
    expect(registry.attemptsOf('r')).toEqual([{ ...ref, instance: 'p-1' }]);
    expect(happens(registry)).toEqual([{ ref, instance: 'p-1' }]);
    expect(registry.attemptsOf('r')).toEqual([]);
  });

  it('is not lost when its outcome was recorded here', () => {
    const registry = new Registry();
    registry.beat(named, 0);
    registry.giveBack('pm', 'p-1', ref);
    expect(registry.attemptsOf('r')).toEqual([]);
    expect(registry.beat(beat(2), 1_000)).toMatchObject({ lost: [], freed: ['pm'] });
  });

  it('is not lost while its beats go on naming it, and is lost once', () => {
    const registry = new Registry();
    registry.beat(named, 0);
    expect(registry.beat(beat(2, { state: 'reporting', attempt: ref }), 1_000).lost).toEqual([]);
    expect(registry.beat(beat(3), 2_000).lost).toHaveLength(1);
    expect(registry.beat(beat(4), 3_000).lost).toEqual([]);
  });
});

describe('attempts of two runs that have one epoch', () => {
  const other: AttemptRef = { ...ref, run: 'other' };
  const running = (seq: number): Beat => beat(seq, { state: 'running', attempt: other });

  function afterTheFirst(): Registry {
    const registry = new Registry();
    registry.beat(beat(1), 0);
    registry.give('pm', 'p-1', ref, 0);
    registry.giveBack('pm', 'p-1', ref);
    return registry;
  }

  it('are told apart by a survey, and by whoever looks for a free instance', () => {
    const registry = afterTheFirst();
    registry.beat(running(2), 1_000);
    expect(registry.attemptsOf('other')).toEqual([{ ...other, instance: 'p-1' }]);
    expect(registry.pick('pm', 0, 0)).toBeUndefined();
  });

  it('are told apart when one is recorded once more: the other is still lost with its process', () => {
    const registry = afterTheFirst();
    registry.give('pm', 'p-1', other, 0);
    registry.giveBack('pm', 'p-1', ref);
    expect(registry.pick('pm', 0, 0)).toBeUndefined();
    registry.beat(running(2), 1_000);
    expect(registry.expire(100_000).flatMap(({ lost }) => lost)).toEqual([{ ref: other, instance: 'p-1' }]);
  });

  it('are told apart when one is recorded once more and another node gave the other: it is not free', () => {
    const registry = afterTheFirst();
    registry.beat(running(2), 1_000);
    registry.giveBack('pm', 'p-1', ref);
    expect(registry.pick('pm', 0, 0)).toBeUndefined();
  });
});

it('a process that was not heard while nobody was is not gone', () => {
  const registry = new Registry();
  registry.beat(beat(1), 0);
  registry.excuse(10_000);
  expect(registry.expire(11_000)).toEqual([]);
  expect(registry.expire(20_000)).toHaveLength(1);
});
