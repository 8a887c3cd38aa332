/** The arithmetic that the summary, the figures and the path of time share. */
import type { RunBoard } from './run-board.ts';
import { type StepRow, timeIn } from './step-row.ts';

/** The steps whose time is told: what was done before a retry took none of it. */
export function rowsOf(board: RunBoard): readonly StepRow[] {
  const all = [...board.steps.values()];
  return board.again === undefined ? all : all.filter(({ id }) => board.again?.has(id));
}

export interface Work {
  /** From the start of the run, or its last retry, until its work was over, or until now. */
  readonly takenMs: number;
  /** Of it, time in which the run was paused or waited for somebody's answer, and had nothing else to do. */
  readonly standingMs: number;
  /** The time that all steps ran, added up. */
  readonly sequentialMs: number;
  /** `sequentialMs ÷ (takenMs − standingMs)`; 1 when nothing ran. No parallelism shortens a wait for a person. */
  readonly speedUp: number;
}

export function workOf(board: RunBoard, nowMs: number): Work {
  const takenMs = board.finished?.makespanMs ?? Math.max(0, nowMs - board.begunMs);
  const standingMs = Math.min(board.standing.ms, takenMs);
  // One that came from the cache may have waited for the same work, but did none.
  const worked = rowsOf(board).filter(({ cached }) => !cached);
  const sequentialMs = worked.reduce((sum, row) => sum + timeIn(row, 'running', nowMs), 0);
  const workedMs = takenMs - standingMs;
  const speedUp = workedMs === 0 || sequentialMs === 0 ? 1 : sequentialMs / workedMs;
  return { takenMs, standingMs, sequentialMs, speedUp };
}
