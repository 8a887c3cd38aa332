/** The figures at the end of a run, computed from its events alone. */

import type { ValidationResult } from '@tutti/contracts';
import {
  decidingPath,
  NOTABLE_WAIT_MS,
  type Phase,
  type RunBoard,
  rowsOf,
  type StepRow,
  timeIn,
  workOf,
} from '@tutti/telemetry/runs';

export interface StepWaits {
  readonly step: string;
  /** For room in the pool. */
  readonly poolMs: number;
  /** For an instance of its agent that was free. */
  readonly instanceMs: number;
  /** Between a failed attempt and the next one. */
  readonly backoffMs: number;
  /** For the run to be resumed. */
  readonly pauseMs: number;
  /** For the answer of a person, or a signal. */
  readonly personMs: number;
  /** From the start of the run until all its inputs were there. */
  readonly inputsMs: number;
}

export interface PathStep {
  readonly step: string;
  readonly ranMs: number;
  /** For an answer, of a step that no agent runs. */
  readonly waitedMs?: number;
  readonly end: string | undefined;
}

export interface RunSummary {
  readonly run: string;
  readonly workflow: string;
  readonly outcome: string;
  readonly reason: string;
  /** Of a run that was retried since its last retry; so are the times, the path and the waits below. */
  readonly makespanMs: number;
  /** How many steps the last retry began anew; undefined when the run was not retried. */
  readonly ranAgain: number | undefined;
  /** Of the makespan, time in which the run was paused or waited for somebody's answer, and had nothing else to do. */
  readonly standingMs: number;
  readonly plannedMs: number;
  readonly lowerBoundMs: number;
  /** What the plan gives all steps one after another. */
  readonly plannedSequentialMs: number;
  /** The time that all steps really ran, added up. */
  readonly sequentialMs: number;
  /** `sequentialMs ÷ (makespanMs − standingMs)`; 1 when nothing ran. No parallelism shortens a wait for a person. */
  readonly speedUp: number;
  /** The steps that decided how long the run took: each waited for the one before it, or for its room in the pool. */
  readonly criticalPath: readonly PathStep[];
  /** Steps that waited for the pool, an instance, a retry or the end of a pause, the longest first. */
  readonly waits: readonly StepWaits[];
  readonly counts: { readonly [end: string]: number };
  /** Steps whose work had been done before and was not done again. */
  readonly cached: number;
  readonly retries: number;
  readonly recoveries: number;
  readonly conflicts: readonly { readonly path: string; readonly kept: string; readonly refused: string }[];
  readonly failures: readonly { readonly step: string; readonly code: string; readonly message: string }[];
  readonly groups: readonly {
    readonly group: string;
    readonly decision: string;
    readonly missing: readonly string[];
  }[];
  /** What was judged after joins; nothing of it changed the outcome. */
  readonly validations: readonly ({
    readonly group: string;
    readonly validator: string;
    readonly of: string;
  } & ValidationResult)[];
}

/** The summary of a run that has ended; undefined as long as it has not, or when its start was not seen. */
export function summarize(board: RunBoard): RunSummary | undefined {
  const { finished, submitted } = board;
  // Events read from the middle of a run cannot say what the whole of it took.
  if (finished === undefined || submitted === undefined) return undefined;
  const all = [...board.steps.values()];
  const rows = rowsOf(board);
  const { standingMs, sequentialMs, speedUp } = workOf(board, finished.atMs);
  return {
    run: board.run ?? '',
    workflow: submitted.workflow,
    outcome: finished.outcome,
    reason: finished.reason,
    makespanMs: finished.makespanMs,
    ranAgain: board.again?.size,
    standingMs,
    plannedMs: finished.plannedMs,
    lowerBoundMs: finished.lowerBoundMs,
    plannedSequentialMs: finished.sequentialMs,
    sequentialMs,
    speedUp,
    criticalPath: decidingPath(rows).map((row) => pathStep(row, finished.atMs)),
    waits: rows
      .map((row) => waitsOf(row, finished.atMs))
      .filter(isNotable(finished.makespanMs))
      .sort(longestFirst),
    counts: {
      succeeded: finished.succeeded,
      failed: finished.failed,
      skipped: finished.skipped,
      cancelled: finished.cancelled,
    },
    cached: rows.filter(({ cached }) => cached).length,
    retries: board.retries,
    recoveries: board.recoveries,
    conflicts: board.conflicts.map(({ path, kept, refused }) => ({ path, kept, refused })),
    failures: all.flatMap((row) =>
      row.end === 'failed' && row.error !== undefined
        ? [{ step: row.id, code: row.error.code, message: row.error.message }]
        : [],
    ),
    groups: [...board.groups.values()].flatMap(({ id, decision, missing }) =>
      decision === undefined ? [] : [{ group: id, decision, missing }],
    ),
    validations: [...board.validations.values()].flatMap(({ group, validator, of, result }) =>
      result === undefined ? [] : [{ group, validator, of, ...resultOnly(result) }],
    ),
  };
}

function pathStep(row: StepRow, endMs: number): PathStep {
  const waitedMs = row.startedMs === undefined ? { waitedMs: timeIn(row, 'person', endMs) } : {};
  return { step: row.id, ranMs: timeIn(row, 'running', endMs), ...waitedMs, end: row.end };
}

const resultOnly = ({ verdict, reason, findings, omitted }: ValidationResult): ValidationResult => ({
  ...{ verdict, findings },
  ...(reason === undefined ? {} : { reason }),
  ...(omitted === undefined ? {} : { omitted }),
});

function waitsOf(row: StepRow, endMs: number): StepWaits {
  const time = (phase: Phase): number => timeIn(row, phase, endMs);
  return {
    step: row.id,
    poolMs: time('pool'),
    instanceMs: time('instance') + time('recovery'),
    backoffMs: time('backoff'),
    pauseMs: time('pause'),
    personMs: time('person'),
    inputsMs: time('inputs'),
  };
}

const owed = (waits: StepWaits): number =>
  waits.poolMs + waits.instanceMs + waits.backoffMs + waits.pauseMs + waits.personMs;
/** Of a long run, less than this share of its time is not worth a person's either. */
const NOTABLE_SHARE = 0.01;
const isNotable =
  (makespanMs: number) =>
  (waits: StepWaits): boolean =>
    owed(waits) >= Math.max(NOTABLE_WAIT_MS, makespanMs * NOTABLE_SHARE);
const longestFirst = (a: StepWaits, b: StepWaits): number => owed(b) - owed(a) || a.step.localeCompare(b.step);
