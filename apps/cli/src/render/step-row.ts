/** One step as the events tell it, and where its time went. */
import type { ErrorBody } from '@tutti/contracts';

/** What a step does or waits for at one moment; its whole life is spent in these. */
export const PHASES = [
  'inputs',
  'pool',
  'instance',
  'backoff',
  'recovery',
  'pause',
  'person',
  'running',
  'ended',
] as const;
export type Phase = (typeof PHASES)[number];

export type StepEnd = 'succeeded' | 'failed' | 'skipped' | 'cancelled';

export interface Wait {
  readonly kind: string;
  readonly names: readonly string[];
  readonly reason: string;
}

export interface StepRow {
  readonly id: string;
  readonly agent: string;
  readonly phase: Phase;
  /** Since when it is in its phase. */
  readonly sinceMs: number;
  /** Time spent in the phases that are over. */
  readonly spentMs: Readonly<Partial<Record<Phase, number>>>;
  readonly wait: Wait | undefined;
  readonly end: StepEnd | undefined;
  readonly attempt: number;
  readonly instance: string | undefined;
  readonly fraction: number | undefined;
  readonly note: string | undefined;
  /** The attempt that `fraction` and `note` are of: progress may be heard of before the start. */
  readonly progressOf: number;
  /** When all that it waits for was there. */
  readonly readyMs: number | undefined;
  /** Its last wait for room in the pool, from and to: a lease that it got without one is none. */
  readonly askedMs: number | undefined;
  readonly grantedMs: number | undefined;
  readonly startedMs: number | undefined;
  readonly endedMs: number | undefined;
  readonly error: ErrorBody | undefined;
  /** Its agent had done the work before. */
  readonly cached: boolean;
  /** Steps and groups it comes after, where the plan is known. */
  readonly after: readonly string[];
}

export function newRow(id: string, agent: string, sinceMs: number, after: readonly string[] = []): StepRow {
  return {
    id,
    agent,
    phase: 'inputs',
    sinceMs,
    spentMs: {},
    wait: undefined,
    end: undefined,
    attempt: 0,
    instance: undefined,
    fraction: undefined,
    note: undefined,
    progressOf: 0,
    readyMs: undefined,
    askedMs: undefined,
    grantedMs: undefined,
    startedMs: undefined,
    endedMs: undefined,
    error: undefined,
    cached: false,
    after,
  };
}

/** Moves a row into a phase and books the time of the one it leaves. Events out of order book no negative time. */
export function enter(row: StepRow, phase: Phase, atMs: number): StepRow {
  if (row.phase === phase) return row;
  const spent = (row.spentMs[row.phase] ?? 0) + Math.max(0, atMs - row.sinceMs);
  return { ...row, phase, sinceMs: atMs, spentMs: { ...row.spentMs, [row.phase]: spent } };
}

/** Time in a phase up to now, the present stretch included. */
export function timeIn(row: StepRow, phase: Phase, nowMs: number): number {
  const current = row.phase === phase && phase !== 'ended' ? Math.max(0, nowMs - row.sinceMs) : 0;
  return (row.spentMs[phase] ?? 0) + current;
}
