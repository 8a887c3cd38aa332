/** One step as the events tell it, and where its time went. */
import type { ErrorBody } from '@tutti/contracts';
import { type Phase, remembered, type Stretch, type Wait } from './stretches.ts';

/** What a lease holds of the pool. */
export interface Held {
  readonly cpu: number;
  readonly memory: number;
}

export type StepEnd = 'succeeded' | 'failed' | 'skipped' | 'cancelled';

export interface StepRow {
  readonly id: string;
  readonly agent: string;
  readonly phase: Phase;
  /** Since when it is in its phase. */
  readonly sinceMs: number;
  /** Time spent in the phases that are over. */
  readonly spentMs: Readonly<Partial<Record<Phase, number>>>;
  /** The phases that are over, the oldest first, at most `MAX_STRETCHES`; of many the oldest are merged. */
  readonly past: readonly Stretch[];
  readonly wait: Wait | undefined;
  /** Units of the pool that its lease holds now. */
  readonly held: Held | undefined;
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
    past: [],
    wait: undefined,
    held: undefined,
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
  const stretch = { phase: row.phase, fromMs: row.sinceMs, toMs: Math.max(row.sinceMs, atMs), wait: row.wait };
  const spentMs = { ...row.spentMs, [row.phase]: spent };
  return { ...row, phase, sinceMs: atMs, spentMs, past: remembered(row.past, stretch) };
}

/** Time in a phase up to now, the present stretch included. */
export function timeIn(row: StepRow, phase: Phase, nowMs: number): number {
  const current = row.phase === phase && phase !== 'ended' ? Math.max(0, nowMs - row.sinceMs) : 0;
  return (row.spentMs[phase] ?? 0) + current;
}

/** All stretches of a row, the present one up to now. */
export function stretchesOf(row: StepRow, nowMs: number): readonly Stretch[] {
  if (row.phase === 'ended') return row.past;
  return [...row.past, { phase: row.phase, fromMs: row.sinceMs, toMs: Math.max(row.sinceMs, nowMs), wait: row.wait }];
}

/** When its work began. An approval or a signal is run by nobody: it begins when it is asked. */
export const begunMs = ({ startedMs, readyMs, spentMs }: StepRow): number | undefined =>
  startedMs ?? (spentMs.person === undefined ? undefined : readyMs);
