/** What the summary makes of time in which nothing ran, and of a run that was retried. */
import type { TuttiEvent } from '@tutti/contracts';
import { createBoard, foldEvent } from '@tutti/telemetry/runs';
import { describe, expect, it } from 'vitest';
import { event, granted, ready, started, submitted, succeeded } from '../testing/seed-run.ts';
import { type RunSummary, summarize } from './summary.ts';
import { summaryLines } from './summary-lines.ts';

const finished = (atMs: number, makespanMs: number, outcome = 'succeeded'): TuttiEvent =>
  event('run.finished', atMs, {
    ...{ outcome, reason: '', makespanMs, plannedMs: 10_000, lowerBoundMs: 9_000, sequentialMs: 14_000 },
    ...{ succeeded: 2, failed: 0, skipped: 0, cancelled: 0, conflicts: 0 },
  });
const waiting = (step: string, atMs: number, kind: string): TuttiEvent =>
  event('step.waiting', atMs, { step, kind, names: [], reason: '' });
/** Ready, let in at once, and at work for as long as it says. */
const works = (step: string, atMs: number, ms: number): readonly TuttiEvent[] => [
  ...[ready(step, atMs), granted(step, atMs + 5), started(step, atMs + 10)],
  succeeded(step, atMs + 10 + ms, ms, 1),
];
/** An approval that is answered after a while. */
const asks = (step: string, atMs: number, ms: number): readonly TuttiEvent[] => [
  ...[ready(step, atMs), waiting(step, atMs, 'person')],
  event('step.answered', atMs + ms - 5, { step, how: 'person', by: 'ada', approved: true }),
  succeeded(step, atMs + ms, 0, 2),
];

function summaryOf(...events: readonly TuttiEvent[]): RunSummary {
  const board = createBoard();
  for (const each of [submitted, ...events.toSorted((a, b) => a.time.localeCompare(b.time))]) foldEvent(board, each);
  return summarize(board)!;
}
const pathOf = ({ criticalPath }: RunSummary): readonly string[] => criticalPath.map(({ step }) => step);
const textOf = (summary: RunSummary): string =>
  summaryLines(summary, true)
    .map((line) => line.map(([text]) => text).join(''))
    .join('\n');

describe('a step that lacked an instance and was let in again', () => {
  const lacking = [ready('b', 1_010), granted('b', 1_015), waiting('b', 1_020, 'instance'), granted('b', 3_000)];
  const rest = [started('b', 3_010), succeeded('b', 4_010, 1_000, 2), finished(4_020, 4_020)];

  it('was not kept waiting by the pool: its path goes on over its input', () => {
    const summary = summaryOf(...works('a', 0, 1_000), ...works('other', 0, 2_500), ...lacking, ...rest);
    expect(pathOf(summary)).toEqual(['a', 'b']);
  });

  it('was kept waiting by the pool before that, where it was', () => {
    const queued = [ready('b', 1_010), granted('b', 2_520), waiting('b', 2_525, 'instance'), granted('b', 3_000)];
    const summary = summaryOf(...works('a', 0, 1_000), ...works('long', 0, 2_500), ...queued, ...rest);
    expect(pathOf(summary)).toEqual(['long', 'b']);
  });
});

describe('a wait for an answer', () => {
  const summary = summaryOf(
    ...[...works('a', 0, 1_000), ...asks('review', 1_010, 30_000), ...works('b', 31_010, 2_000)],
    finished(33_020, 33_020),
  );

  it('is on the path, as a wait', () => {
    expect(summary.criticalPath).toEqual([
      { step: 'a', ranMs: 1_000, end: 'succeeded' },
      { step: 'review', ranMs: 0, waitedMs: 30_000, end: 'succeeded' },
      { step: 'b', ranMs: 2_000, end: 'succeeded' },
    ]);
    expect(textOf(summary)).toContain('a 1.0 s → review (30.0 s for an answer) → b 2.0 s');
  });

  it('is not held against the parallelism, and the lines say so', () => {
    expect(summary.standingMs).toBe(30_000);
    expect(summary.speedUp).toBeCloseTo(3_000 / 3_020, 2);
    const text = textOf(summary);
    expect(text).toContain('33.0 s, 30.0 s of it paused or waiting for an answer (planned 10.0 s, lower bound 9.0 s)');
    expect(text).toContain('the run took 1.01 times as long without that wait');
  });

  it('counts as far as nothing else was to be done meanwhile', () => {
    const beside = summaryOf(...asks('review', 0, 30_000), ...works('a', 0, 10_000), finished(30_000, 30_000));
    expect(beside.standingMs).toBe(30_000 - 10_010);
  });
});

it('a pause is not held against the parallelism as far as nothing ran', () => {
  const summary = summaryOf(
    ...[...works('a', 0, 1_000), event('run.paused', 500, { by: 'ada' }), ready('b', 1_010)],
    ...[waiting('b', 1_010, 'pause'), event('run.resumed', 21_010, { by: 'ada', pausedMs: 20_510 })],
    ...[granted('b', 21_015), started('b', 21_020), succeeded('b', 22_020, 1_000, 2), finished(22_020, 22_020)],
  );
  expect(summary.standingMs).toBe(20_000);
  expect(pathOf(summary)).toEqual(['a', 'b']);
});

it('a retried run is told by what ran since: the new time was not taken by the old work', () => {
  const summary = summaryOf(
    ...[...works('a', 0, 8_000), ...works('b', 8_010, 1_000), finished(9_030, 9_030, 'failed')],
    event('run.retried', 60_000, { by: 'ada', from: 'b', steps: ['b', 'c'], kept: 1 }),
    ...[...works('b', 60_000, 1_000), ...works('c', 60_000, 1_000), finished(61_020, 1_020)],
  );
  expect([summary.sequentialMs, summary.ranAgain]).toEqual([2_000, 2]);
  expect(summary.speedUp).toBeCloseTo(2_000 / 1_020);
  // Both ended at once; the step that is kept from before the retry took none of this time.
  expect(pathOf(summary)).toEqual(['b']);
  const text = textOf(summary);
  expect(text).toContain('1.0 s since it was retried (the whole was planned to take 10.0 s)');
  expect(text).not.toContain('under the plan');
});
