import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PathPart, type TimePath, timePath } from './time-path.ts';
import { boardOf, event, finished, granted, ready, START_MS, started, submitted, succeeded } from './told.fixture.ts';

const told = ({ step = '', kind, fromMs, toMs }: PathPart): string =>
  `${fromMs - START_MS}-${toMs - START_MS} ${kind} ${step}`.trim();
const partsOf = (path: TimePath | undefined): readonly string[] => (path?.parts ?? []).map(told);
const waiting = (step: string, atMs: number, kind: string) =>
  event('step.waiting', atMs, { step, kind, names: [], reason: '' });
const error = { code: 'agent_failed', message: 'boom', retryable: true } as const;

describe('the path of time', () => {
  it('follows the steps that decided, and says what each moment was spent on', () => {
    const board = boardOf(
      submitted(),
      ...[ready('a', 10), granted('a', 20), started('a', 30)],
      ...[ready('quick', 10), granted('quick', 20), started('quick', 30), succeeded('quick', 500)],
      succeeded('a', 1_030, { workMs: 900, commitMs: 60 }),
      ...[ready('b', 1_040), waiting('b', 1_050, 'pool'), granted('b', 1_540, 500), started('b', 1_550)],
      event('step.retrying', 2_000, { step: 'b', attempt: 1, inMs: 300, error }),
      ...[granted('b', 2_300), started('b', 2_310, 2), succeeded('b', 3_000)],
      finished(3_010),
    );
    expect(partsOf(timePath(board, 0))).toEqual([
      ...['0-10 engine', '10-30 engine a', '30-930 work a', '930-970 engine a', '970-1030 commit a'],
      ...['1030-1040 engine', '1040-1540 pool b', '1540-1550 engine b', '1550-2000 work b'],
      ...['2000-2300 retry b', '2300-2310 engine b', '2310-3000 work b', '3000-3010 engine'],
    ]);
  });

  it('says of a group that closed late that its barrier held up what came after it', () => {
    const board = boardOf(
      submitted(),
      ...[ready('a', 0), granted('a', 0), started('a', 0)],
      event('group.opened', 0, { group: 'g', members: ['a', 'z'], deadlineMs: START_MS + 700 }),
      succeeded('a', 100),
      event('group.closed', 700, { group: 'g', decision: 'partial', succeeded: ['a'], missing: ['z'], reason: '' }),
      ...[ready('b', 700), granted('b', 700), started('b', 700), succeeded('b', 900)],
      finished(900),
    );
    expect(partsOf(timePath(board, 0))).toEqual(['0-100 work a', '100-700 barrier', '700-900 work b']);
  });

  it('counts a wait for the pool only from when what made room had itself been told of', () => {
    const board = boardOf(
      submitted(),
      ...[ready('long', 0), granted('long', 0), started('long', 0), ready('b', 0), waiting('b', 1, 'pool')],
      succeeded('long', 800),
      ...[granted('b', 810, 810), started('b', 810), succeeded('b', 1_000), finished(1_000)],
    );
    expect(partsOf(timePath(board, 0))).toEqual(['0-800 work long', '800-810 pool b', '810-1000 work b']);
  });

  it('names what each moment was spent on also where more happened than a step remembers', () => {
    const tries = Array.from({ length: 400 }, (_, n) => n * 1_000).flatMap((ms) => [
      ...[waiting('a', ms, 'pool'), granted('a', ms + 600), started('a', ms + 620)],
      event('step.retrying', ms + 700, { step: 'a', attempt: 1, inMs: 300, error }),
    ]);
    const board = boardOf(
      ...[submitted(), ready('a', 0), ...tries, granted('a', 400_000), started('a', 400_000)],
      ...[succeeded('a', 400_500), finished(400_500)],
    );
    expect(board.steps.get('a')?.past.length).toBeLessThanOrEqual(256);
    expect(timePath(board, 0)?.ms).toEqual({
      ...{ pool: 400 * 600, engine: 400 * 20, work: 400 * 80 + 500, retry: 400 * 300 },
    });
  });

  it('of a run that goes on ends with what runs, or with what has waited longest', () => {
    const begun = [submitted(), ready('a', 0), waiting('a', 5, 'instance')];
    expect(partsOf(timePath(boardOf(...begun), START_MS + 400))).toEqual(['0-5 engine a', '5-400 instance a']);
    const runs = boardOf(...begun, ready('b', 0), granted('b', 0), started('b', 0));
    expect(partsOf(timePath(runs, START_MS + 400))).toEqual(['0-400 work b']);
  });

  it('looks at each group once, however many steps it follows', () => {
    const steps = Array.from({ length: 300 }, (_, n) => [`s${n}`, n * 10] as const);
    const board = boardOf(
      submitted(),
      ...steps.flatMap(([id, ms]) => [ready(id, ms), granted(id, ms), started(id, ms), succeeded(id, ms + 5)]),
      finished(3_000),
    );
    let looks = 0;
    for (const [id, ms] of steps) {
      const group = { id, openedMs: START_MS, deadlineMs: 0, extensions: 0, decision: 'complete', missing: [] };
      const members = (): readonly string[] => {
        looks += 1;
        return [id];
      };
      const row = { ...group, closedMs: START_MS + ms + 10, members: [id] };
      board.groups.set(id, Object.defineProperty(row, 'members', { get: members }));
    }
    expect(timePath(board, 0)?.ms).toEqual({ work: 300 * 5, barrier: 300 * 5 });
    expect(looks).toBe(300);
  });

  it('is not known of a run whose beginning was not seen', () => {
    expect(timePath(boardOf(ready('a', 0)), START_MS)).toBeUndefined();
  });

  it('adds up to the time of the run, whatever was told in which order', () => {
    const at = fc.integer({ min: 0, max: 5_000 });
    const step = fc.constantFrom('a', 'b', 'c');
    const kinds = fc.constantFrom('pool', 'instance', 'pause', 'person', 'backoff', 'recovery');
    const any = fc.oneof(
      fc.tuple(step, at).map(([id, ms]) => ready(id, ms)),
      fc.tuple(step, at).map(([id, ms]) => granted(id, ms)),
      fc.tuple(step, at).map(([id, ms]) => started(id, ms)),
      fc.tuple(step, at, at).map(([id, ms, workMs]) => succeeded(id, ms, { workMs, commitMs: 7 })),
      fc.tuple(step, at, kinds).map(([id, ms, kind]) => waiting(id, ms, kind)),
      fc.tuple(step, at).map(([id, ms]) => event('step.retrying', ms, { step: id, attempt: 1, inMs: 1, error })),
    );
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), fc.boolean(), (events, isOver) => {
        const board = boardOf(submitted(), ...events, ...(isOver ? [finished(5_000)] : []));
        const path = timePath(board, START_MS + 5_000);
        expect(Object.values(path?.ms ?? {}).reduce((sum, ms) => sum + ms, 0)).toBe(5_000);
        const parts = path?.parts ?? [];
        for (const [i, { fromMs, toMs }] of parts.entries()) {
          expect(toMs).toBeGreaterThan(fromMs);
          expect(fromMs).toBe(parts[i - 1]?.toMs ?? START_MS);
        }
      }),
    );
  });
});
