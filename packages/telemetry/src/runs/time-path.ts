/**
 * Where the time of a run went: the steps that decided how long it took, as it really was, and what each moment of that was
 * spent on. The parts follow each other without a gap, so they add up to the time of the run.
 */
import { decidingPath } from './deciding-path.ts';
import { rowsOf } from './figures.ts';
import type { RunBoard } from './run-board.ts';
import { type StepRow, stretchesOf } from './step-row.ts';
import { isBrief, type Phase, type Stretch } from './stretches.ts';

/** `engine`: messages under way, and what the engine itself does between them. `barrier`: a group that had not decided yet. */
export const PATH_KINDS = [
  'work',
  'pool',
  'instance',
  'barrier',
  'retry',
  'commit',
  'pause',
  'answer',
  'recovery',
  'engine',
] as const;
export type PathKind = (typeof PATH_KINDS)[number];

export interface PathPart {
  /** Absent of what belongs to no step: the beginning and the end of the run. */
  readonly step?: string;
  readonly kind: PathKind;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TimePath {
  /** The steps that decided, the first one first. */
  readonly steps: readonly string[];
  readonly parts: readonly PathPart[];
  /** By kind, ms; what took no time is absent. */
  readonly ms: Readonly<Partial<Record<PathKind, number>>>;
  readonly takenMs: number;
}

const KIND_OF: Readonly<Record<Phase, PathKind>> = {
  ...{ running: 'work', pool: 'pool', instance: 'instance', backoff: 'retry', commit: 'commit' },
  ...{ pause: 'pause', person: 'answer', recovery: 'recovery' },
  ...{ inputs: 'engine', telling: 'engine', ended: 'engine' },
};

const kindOf = (stretch: Stretch): PathKind => (isBrief(stretch) ? 'engine' : KIND_OF[stretch.phase]);

/** Of a run that goes on: until now. Undefined where its beginning was not seen. */
export function timePath(board: RunBoard, nowMs: number): TimePath | undefined {
  if (board.submitted === undefined) return undefined;
  const fromMs = board.begunMs;
  const untilMs = board.finished === undefined ? nowMs : fromMs + board.finished.makespanMs;
  const toMs = Math.max(fromMs, untilMs);
  const line = new Line(board, fromMs, toMs);
  const path = decidingPath(rowsOf(board), board.finished === undefined ? nowMs : undefined);
  for (const row of path) line.step(row);
  line.upTo(toMs, line.gap(toMs));
  return { steps: path.map(({ id }) => id), parts: line.parts, ms: addedUp(line.parts), takenMs: toMs - fromMs };
}

class Line {
  readonly parts: PathPart[] = [];
  /** By step: when the groups closed of which it is a member, those that are open at the end. */
  readonly #closings: ReadonlyMap<string, readonly number[]>;
  readonly #toMs: number;
  #atMs: number;
  #last: string | undefined;

  constructor(board: RunBoard, fromMs: number, toMs: number) {
    this.#closings = closingsOf(board, toMs);
    this.#atMs = fromMs;
    this.#toMs = toMs;
  }

  /** Whatever of a step lies after what came before it: a wait may have begun while that still ran. */
  step(row: StepRow): void {
    const { id, endedMs = this.#toMs } = row;
    const stretches = stretchesOf(row, this.#toMs).filter(({ phase, toMs }) => phase !== 'inputs' && toMs > this.#atMs);
    const [first] = stretches;
    if (first !== undefined) this.upTo(Math.min(first.fromMs, endedMs), this.gap(first.fromMs));
    for (const stretch of stretches) {
      this.upTo(Math.min(stretch.fromMs, endedMs), 'engine', id);
      this.upTo(Math.min(stretch.toMs, endedMs), kindOf(stretch), id);
    }
    this.upTo(endedMs, 'engine', id);
    this.#last = id;
  }

  /** Between the end of a step and what came after it. */
  gap(untilMs: number): PathKind {
    const last = this.#last;
    if (last === undefined) return 'engine';
    const closings = this.#closings.get(last) ?? [];
    return closings.some((atMs) => atMs > this.#atMs && atMs <= untilMs) ? 'barrier' : 'engine';
  }

  upTo(untilMs: number, kind: PathKind, step?: string): void {
    const toMs = Math.min(untilMs, this.#toMs);
    if (toMs <= this.#atMs) return;
    const before = this.parts.at(-1);
    if (before !== undefined && before.kind === kind && before.step === step) {
      this.parts[this.parts.length - 1] = { ...before, toMs };
    } else this.parts.push({ ...(step === undefined ? {} : { step }), kind, fromMs: this.#atMs, toMs });
    this.#atMs = toMs;
  }
}

function addedUp(parts: readonly PathPart[]): Partial<Record<PathKind, number>> {
  const ms: Partial<Record<PathKind, number>> = {};
  for (const { kind, fromMs, toMs } of parts) ms[kind] = (ms[kind] ?? 0) + toMs - fromMs;
  return ms;
}

function closingsOf({ groups }: RunBoard, openUntilMs: number): ReadonlyMap<string, readonly number[]> {
  const closings = new Map<string, number[]>();
  for (const { members, closedMs = openUntilMs } of groups.values()) {
    for (const member of members) {
      const known = closings.get(member);
      if (known === undefined) closings.set(member, [closedMs]);
      else known.push(closedMs);
    }
  }
  return closings;
}
