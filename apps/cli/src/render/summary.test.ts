import { createBoard, foldEvent } from '@tutti/telemetry/runs';
import { describe, expect, it } from 'vitest';
import { event, SEED_RUN, START_MS, started, submitted } from '../testing/seed-run.ts';
import { summarize } from './summary.ts';
import { outcomeLine, summaryLines } from './summary-lines.ts';

function boardOf(events: typeof SEED_RUN) {
  const board = createBoard();
  for (const each of events) foldEvent(board, each);
  return board;
}
const textOf = (lines: ReturnType<typeof summaryLines>): string =>
  lines.map((line) => line.map(([text]) => text).join('')).join('\n');

describe('the summary of a run', () => {
  const summary = summarize(boardOf(SEED_RUN))!;

  it('exists only once the run has ended', () => {
    expect(summarize(boardOf(SEED_RUN.slice(0, -1)))).toBeUndefined();
  });

  it('adds up what the steps really ran and sets it against the makespan', () => {
    expect(summary.sequentialMs).toBe(2_000 + 3_000 + 4_000 + 3_000);
    expect(summary.speedUp).toBeCloseTo(12_000 / 9_600);
  });

  it('books waiting to the pool, the instance and the inputs apart', () => {
    const architect = summary.waits.find(({ step }) => step === 'architect');
    expect(architect).toEqual({
      step: 'architect',
      poolMs: 520,
      instanceMs: 10,
      backoffMs: 0,
      pauseMs: 0,
      personMs: 0,
      inputsMs: 2_020,
    });
  });

  it('leaves out waits that are only the engine at work, and puts the longest first', () => {
    expect(summary.waits[0]?.step).toBe('architect');
    expect(summary.waits.map(({ step }) => step)).not.toContain('developer-that-never-was');
    expect(summary.waits.every(({ poolMs, instanceMs, backoffMs }) => poolMs + instanceMs + backoffMs >= 50)).toBe(
      true,
    );
  });

  it('follows the steps that decided how long it took', () => {
    expect(summary.criticalPath).toEqual([
      { step: 'pm', ranMs: 2_000, end: 'succeeded' },
      { step: 'architect', ranMs: 4_000, end: 'succeeded' },
      { step: 'developer', ranMs: 3_000, end: 'succeeded' },
    ]);
  });

  it('tells what came from the cache, which was no work of this run', () => {
    const fromCache = SEED_RUN.map((each) =>
      each.type === 'step.succeeded' && each.data['step'] === 'ux_expert'
        ? { ...each, data: { ...each.data, cached: true } }
        : each,
    );
    const cached = summarize(boardOf(fromCache))!;
    expect([summary.cached, cached.cached]).toEqual([0, 1]);
    expect(cached.sequentialMs).toBe(summary.sequentialMs - 3_000);
    expect(textOf(summaryLines(cached, true))).toMatch(/^ {2}from the cache +1 step$/m);
    expect(textOf(summaryLines(summary, true))).not.toContain('cache');
  });

  it('is the same whether events were seen once or repeated from the journal', () => {
    const twice = [...SEED_RUN.slice(0, 4), ...SEED_RUN.slice(3)];
    expect(summarize(boardOf(twice))).toEqual(summary);
  });

  it('says outcome, times, critical path and waits in words', () => {
    const text = textOf(summaryLines(summary, true));
    expect(text).toContain('succeeded');
    expect(text).toContain('9.6 s (planned 10.0 s, lower bound 9.0 s, 4 % under the plan)');
    expect(text).toContain('pm 2.0 s → architect 4.0 s → developer 3.0 s');
    expect(text).toContain('architect: 520 ms for the pool');
  });

  it('quiet prints one line with outcome and counts', () => {
    expect(
      outcomeLine(summary)
        .map(([text]) => text)
        .join(''),
    ).toBe('seed  r-1  succeeded  (4 succeeded)  9.6 s');
  });
});

describe('a run that went wrong', () => {
  const error = { code: 'agent_failed', message: 'boom\u001b[31m', retryable: true } as const;
  const board = boardOf([
    submitted,
    started('pm', 10),
    event('step.retrying', 500, { step: 'pm', attempt: 1, inMs: 1_000, error }),
    started('pm', 1_500, 2),
    event('step.failed', 2_000, { step: 'pm', agent: 'pm', attempt: 2, error }),
    event('step.skipped', 2_001, { step: 'developer', because: ['pm'] }),
    event('context.conflict', 2_002, { id: 'c1', path: '/a', kept: 'pm', refused: 'qa' }),
    event('run.finished', 2_100, {
      outcome: 'failed',
      reason: 'pm failed',
      makespanMs: 2_100,
      plannedMs: 0,
      lowerBoundMs: 0,
      sequentialMs: 0,
      succeeded: 0,
      failed: 1,
      skipped: 1,
      cancelled: 0,
      conflicts: 1,
    }),
  ]);
  const summary = summarize(board)!;

  it('counts the time between attempts as waiting for a retry, and both attempts as running', () => {
    expect(summary.waits).toEqual([
      { step: 'pm', poolMs: 0, instanceMs: 0, backoffMs: 1_000, pauseMs: 0, personMs: 0, inputsMs: 10 },
    ]);
    expect(summary.sequentialMs).toBe(490 + 500);
  });

  it('names failures and conflicts, with nothing a terminal would obey', () => {
    const text = textOf(summaryLines(summary, false));
    expect(text).toContain('pm: boom (agent_failed)');
    expect(text).toContain('/a: pm stands, qa was refused');
    expect(text).not.toContain('\u001b');
  });

  it('ignores an event that it cannot read', () => {
    const before = JSON.stringify([...board.steps]);
    foldEvent(board, { v: 1, type: 'step.started', time: new Date(START_MS).toISOString(), data: { nonsense: true } });
    expect(JSON.stringify([...board.steps])).toBe(before);
  });
});
