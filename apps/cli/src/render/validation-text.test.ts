import { createBoard, foldEvent } from '@tutti/telemetry/runs';
import { describe, expect, it } from 'vitest';
import { viewLines } from '../commands/show.ts';
import { event, SEED_RUN } from '../testing/seed-run.ts';
import { boardLines } from './board-lines.ts';
import { eventLine } from './event-line.ts';
import { summarize } from './summary.ts';
import { summaryLines } from './summary-lines.ts';

const judge = { group: 'design', validator: 'architect', of: 'ux_expert' };
const started = event('validation.started', 7_000, { ...judge, attempt: 1, instance: 'i' });
const findings = [1, 2, 3, 4].map((n) => ({
  path: `/screens/${n}`,
  message: 'no endpoint',
  severity: 'error' as const,
}));
const failed = event('validation.finished', 8_000, { ...judge, verdict: 'failed', findings, omitted: 5 });
const reason = 'the agent "ux_expert" has no `validate`';
const other = { group: 'design', validator: 'ux_expert', of: 'architect' };
const skipped = event('validation.finished', 8_100, { ...other, verdict: 'skipped', reason, findings: [] });

const text = (lines: readonly (readonly (readonly [string, ...unknown[]])[])[]): string =>
  lines.map((line) => line.map(([part]) => part).join('')).join('\n');
function boardOf(events: typeof SEED_RUN) {
  const board = createBoard();
  for (const each of events) foldEvent(board, each);
  return board;
}

describe('what people see of a validation', () => {
  it('is a line when it begins, and one with its findings, the first of them named and all counted', () => {
    expect(text([eventLine(started, undefined)])).toContain('design  architect looks at ux_expert on i');
    expect(text([eventLine(failed, undefined)])).toMatch(
      /ux_expert, judged by architect: not in order: \/screens\/1: no endpoint \(error\); .*; and 6 more$/,
    );
    expect(text([eventLine(skipped, undefined)])).toContain(`skipped: ${reason}`);
  });

  it('stands on the board as long as it goes on', () => {
    const view = { columns: 100, rows: 30, nowMs: 9_000, unicode: false };
    const running = SEED_RUN.slice(0, -1);
    expect(text(boardLines(boardOf([...running, started]), view))).toContain('judging  ux_expert  by architect');
    expect(text(boardLines(boardOf([...running, started, failed]), view))).not.toContain('judging');
  });

  it('is in the summary, what was found before what was not looked at, and of no weight for the outcome', () => {
    const board = boardOf([...SEED_RUN.slice(0, -1), skipped, started, failed, ...SEED_RUN.slice(-1)]);
    const summary = summarize(board)!;
    expect(summary.outcome).toBe('succeeded');
    expect(summary.validations).toMatchObject([
      { of: 'architect', verdict: 'skipped', reason },
      { of: 'ux_expert', verdict: 'failed', findings, omitted: 5 },
    ]);
    const told = text(summaryLines(summary, false));
    expect(told).toMatch(
      /validation +ux_expert, judged by architect: not in order[\s\S]*validation +architect, judged/,
    );
  });

  it('has a table of its own in what is shown of a run', () => {
    const base = { run: 'r', workflow: 'w', planHash: 'h', phase: 'running', submittedAtMs: 0, owner: 'n' } as const;
    const validations = [
      { id: 'validation-1', ...judge, status: 'over' as const, result: { verdict: 'passed' as const, findings: [] } },
      {
        ...{ id: 'validation-2', ...other, status: 'waiting' as const },
        waitsOn: { kind: 'instance' as const, names: ['ux_expert'], reason: 'every instance is busy', sinceMs: 0 },
      },
    ];
    const view = { ...base, contextVersion: 1, lastSeq: 9, steps: [], groups: [], conflicts: [], validations };
    const lines = text(viewLines(view, 5_000));
    expect(lines).toMatch(/JUDGED +BY +AFTER +STATE/);
    expect(lines).toMatch(/ux_expert +architect +design +over +passed/);
    expect(lines).toMatch(/architect +ux_expert +design +waiting +waits 5\.0 s for instance ux_expert/);
  });
});
