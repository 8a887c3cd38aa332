/**
 * What is known of a run from its events alone: a fold without clock or I/O. All that people see of a run (the board,
 * the summary, the figures) is computed from it, so a run watched live, resumed or read back later looks the same.
 *
 * The fold changes the board it is given: a copy of all rows at each event would make long runs quadratic.
 */
import {
  EVENTS,
  type EventData,
  type EventOf,
  type EventType,
  type TuttiEvent,
  type ValidationResult,
} from '@tutti/contracts';
import { moved, newStanding, passed, type Standing } from './standing.ts';
import { enter, newRow, type StepEnd, type StepRow } from './step-row.ts';
import type { Phase } from './stretches.ts';
import { newTally, type Tally, tallyEnd, tallyVerdict } from './tally.ts';
import { holds, newUsage, type Usage, used } from './usage.ts';

export interface GroupRow {
  readonly id: string;
  readonly members: readonly string[];
  readonly openedMs: number;
  readonly deadlineMs: number;
  readonly extensions: number;
  readonly decision: string | undefined;
  readonly missing: readonly string[];
  readonly closedMs: number | undefined;
}

/** A validation that goes on or is over, by group, validator and judged step. */
export interface ValidationRow {
  readonly group: string;
  readonly validator: string;
  readonly of: string;
  readonly result: ValidationResult | undefined;
}

export interface ExpectedStep {
  readonly id: string;
  readonly agent: string;
  /** Steps and groups it waits for. */
  readonly after: readonly string[];
}

export interface RunBoard {
  run: string | undefined;
  submitted: (EventData<'run.submitted'> & { readonly atMs: number }) | undefined;
  forecast: EventData<'run.forecast'> | undefined;
  finished: (EventData<'run.finished'> & { readonly atMs: number }) | undefined;
  cancelling: string | undefined;
  paused: { readonly by: string; readonly atMs: number } | undefined;
  readonly steps: Map<string, StepRow>;
  readonly groups: Map<string, GroupRow>;
  readonly validations: Map<string, ValidationRow>;
  pool: EventData<'pool.usage'> | undefined;
  contextVersion: number;
  /** Those that are open. */
  conflicts: EventData<'context.conflict'>[];
  retries: number;
  /** The steps that the last retry of the run began anew; undefined when it was not retried. */
  again: ReadonlySet<string> | undefined;
  /** When the run was accepted, or retried last, ms since 1970; 0 before. */
  begunMs: number;
  /** Since then. */
  standing: Standing;
  /** Since then, too. */
  usage: Usage;
  tally: Tally;
  recoveries: number;
  /** Time of the latest event; 0 before the first. */
  lastMs: number;
}

/** An empty board. With the steps of a plan it can name those that no event has mentioned yet. */
export function createBoard(expected: readonly ExpectedStep[] = []): RunBoard {
  return {
    run: undefined,
    submitted: undefined,
    forecast: undefined,
    finished: undefined,
    cancelling: undefined,
    paused: undefined,
    steps: new Map(expected.map(({ id, agent, after }) => [id, newRow(id, agent, 0, after)])),
    groups: new Map(),
    validations: new Map(),
    pool: undefined,
    contextVersion: 0,
    conflicts: [],
    retries: 0,
    again: undefined,
    begunMs: 0,
    standing: newStanding(),
    usage: newUsage(),
    tally: newTally(),
    recoveries: 0,
    lastMs: 0,
  };
}

type Judged = EventData<'validation.started' | 'validation.finished'>;

function judge(board: RunBoard, { group, validator, of }: Judged, result: ValidationResult | undefined): void {
  board.validations.set(`${group}/${validator}/${of}`, { group, validator, of, result });
}

type Apply<T extends EventType> = (board: RunBoard, data: EventData<T>, atMs: number) => void;

/** Kinds of waiting as the supervisor names them, as phases. */
const PHASE_OF_WAIT: Readonly<Record<string, Phase>> = {
  step: 'inputs',
  group: 'inputs',
  pool: 'pool',
  instance: 'instance',
  backoff: 'backoff',
  recovery: 'recovery',
  pause: 'pause',
  person: 'person',
  signal: 'person',
};

function change(board: RunBoard, id: string, atMs: number, edit: (row: StepRow) => StepRow, agent = id): void {
  setRow(board, edit(board.steps.get(id) ?? newRow(id, agent, board.submitted?.atMs ?? atMs)));
}

function setRow(board: RunBoard, row: StepRow): void {
  holds(board.usage, board.steps.get(row.id), row);
  moved(board.standing, board.steps.get(row.id), row);
  board.steps.set(row.id, row);
}

const begin = (board: RunBoard, data: EventData<'step.started' | 'step.adopted'>, atMs: number): void =>
  change(board, data.step, atMs, (row) => ({
    ...enter(row, 'running', atMs),
    agent: data.agent,
    attempt: data.attempt,
    instance: data.instance,
    startedMs: row.startedMs ?? atMs,
    ...(row.progressOf === data.attempt ? {} : { fraction: undefined, note: undefined }),
    wait: undefined,
    end: undefined,
    error: undefined,
  }));

function finish(end: StepEnd, extra: (row: StepRow) => Partial<StepRow> = () => ({})) {
  return (row: StepRow, atMs: number): StepRow => ({
    ...enter(row, 'ended', atMs),
    end,
    endedMs: atMs,
    wait: undefined,
    held: undefined,
    ...extra(row),
  });
}

/** The end of the time in which it ran was no work: first its outcome was under way, then its writes were committed. */
function worked(row: StepRow, { workMs, commitMs = 0 }: EventData<'step.succeeded'>, atMs: number): StepRow {
  if (row.phase !== 'running' || (workMs === undefined && commitMs === 0)) return row;
  const toldMs = Math.max(row.sinceMs, atMs - commitMs);
  const doneMs = workMs === undefined ? toldMs : Math.min(toldMs, row.sinceMs + workMs);
  return enter(enter(row, 'telling', doneMs), 'commit', toldMs);
}

/** Deadlines moved with the pause, and what it held asks the pool now. */
function goOn(board: RunBoard, _: EventData<'run.resumed'>, atMs: number): void {
  const sinceMs = board.paused?.atMs ?? atMs;
  board.paused = undefined;
  for (const [id, group] of board.groups) {
    if (group.decision !== undefined) continue;
    const deadlineMs = group.deadlineMs + atMs - Math.max(sinceMs, group.openedMs);
    board.groups.set(id, { ...group, deadlineMs });
  }
  for (const row of board.steps.values())
    if (row.phase === 'pause') setRow(board, { ...enter(row, 'pool', atMs), wait: undefined });
}

/** The steps that run again begin anew; what the others did stays. */
function again(board: RunBoard, { steps }: EventData<'run.retried'>, atMs: number): void {
  board.finished = undefined;
  board.cancelling = undefined;
  board.retries += 1;
  board.again = new Set(steps);
  board.standing.ms = 0;
  board.begunMs = atMs;
  board.usage = newUsage(board.usage);
  for (const id of steps) {
    const known = board.steps.get(id);
    if (known === undefined) continue;
    const { agent, after, attempt } = known;
    setRow(board, { ...newRow(id, agent, atMs, after), attempt });
  }
}

const HANDLERS: { readonly [T in EventType]?: Apply<T> } = {
  'run.submitted': (board, data, atMs) => {
    board.submitted = { ...data, atMs };
    board.begunMs = atMs;
    for (const [id, row] of board.steps) if (row.sinceMs === 0) board.steps.set(id, { ...row, sinceMs: atMs });
  },
  'run.recovered': (board) => {
    board.recoveries += 1;
  },
  'run.forecast': (board, data) => {
    board.forecast = data;
  },
  'run.paused': (board, { by }, atMs) => {
    board.paused = { by, atMs };
  },
  'run.resumed': goOn,
  'run.retried': again,
  'run.cancelling': (board, data) => {
    board.paused = undefined;
    board.cancelling = data.reason;
  },
  'run.finished': (board, data, atMs) => {
    board.paused = undefined;
    board.finished = { ...data, atMs };
  },
  'step.ready': (board, data, atMs) =>
    change(
      board,
      data.step,
      atMs,
      (row) => ({ ...enter(row, 'pool', atMs), agent: data.agent, readyMs: atMs }),
      data.agent,
    ),
  'step.waiting': (board, data, atMs) =>
    change(board, data.step, atMs, (row) => ({
      ...enter(row, PHASE_OF_WAIT[data.kind] ?? row.phase, atMs),
      wait: { kind: data.kind, names: data.names, reason: data.reason },
      held: undefined,
    })),
  'step.answered': (board, data, atMs) => change(board, data.step, atMs, (row) => ({ ...row, wait: undefined })),
  'step.granted': (board, data, atMs) =>
    change(board, data.step, atMs, (row) => {
      // One that is let in again because it lacked an instance was not kept waiting by the pool.
      const asked = row.phase === 'pool' ? { askedMs: row.sinceMs, grantedMs: atMs } : {};
      const { cpu, memory } = data;
      return { ...enter(row, 'instance', atMs), ...asked, held: { cpu, memory }, wait: undefined };
    }),
  'step.started': (board, data, atMs) => {
    board.tally.attempts += 1;
    begin(board, data, atMs);
  },
  'step.adopted': begin,
  'step.progress': (board, data, atMs) =>
    change(board, data.step, atMs, (row) => {
      if (row.phase === 'ended' || data.attempt < row.attempt) return row;
      return { ...row, fraction: data.fraction, note: data.note ?? row.note, progressOf: data.attempt };
    }),
  'step.retrying': (board, data, atMs) => {
    board.retries += 1;
    board.tally.failedTries += 1;
    const wait = { kind: 'backoff', names: [], reason: data.error.message };
    change(board, data.step, atMs, (row) => ({
      ...enter(row, 'backoff', atMs),
      wait,
      held: undefined,
      error: data.error,
    }));
  },
  'step.succeeded': (board, data, atMs) => {
    board.contextVersion = Math.max(board.contextVersion, data.version);
    tallyEnd(board.tally, data);
    change(board, data.step, atMs, (row) =>
      finish('succeeded', () => ({ fraction: 1, error: undefined, cached: data.cached === true }))(
        worked(row, data, atMs),
        atMs,
      ),
    );
  },
  'step.failed': (board, data, atMs) =>
    change(board, data.step, atMs, (row) => finish('failed', () => ({ error: data.error }))(row, atMs)),
  'step.skipped': (board, data, atMs) => {
    const wait = { kind: 'step', names: data.because, reason: '' };
    change(board, data.step, atMs, (row) => finish('skipped', () => ({ wait }))(row, atMs));
  },
  'step.cancelled': (board, data, atMs) => change(board, data.step, atMs, (row) => finish('cancelled')(row, atMs)),
  'group.opened': (board, data, atMs) => {
    const old = board.groups.get(data.group);
    board.groups.set(data.group, {
      id: data.group,
      members: data.members,
      openedMs: old?.openedMs ?? atMs,
      deadlineMs: data.deadlineMs,
      extensions: old?.extensions ?? 0,
      decision: undefined,
      missing: [],
      closedMs: undefined,
    });
  },
  'group.extended': (board, data) => {
    const group = board.groups.get(data.group);
    if (group === undefined) return;
    board.groups.set(data.group, { ...group, deadlineMs: data.deadlineMs, extensions: group.extensions + 1 });
  },
  'group.closed': (board, data, atMs) => {
    const members = [...data.succeeded, ...data.missing];
    const old = board.groups.get(data.group);
    const base = old ?? { id: data.group, members, openedMs: atMs, deadlineMs: atMs, extensions: 0 };
    board.groups.set(data.group, { ...base, decision: data.decision, missing: data.missing, closedMs: atMs });
  },
  'validation.started': (board, data) => judge(board, data, undefined),
  'step.validated': (board, { validates, ok }) => {
    for (const of of validates) tallyVerdict(board.tally, of, ok);
  },
  'validation.finished': (board, data) => {
    judge(board, data, data);
    const { verdict } = data;
    if (verdict === 'passed' || verdict === 'failed') tallyVerdict(board.tally, data.of, verdict === 'passed');
  },
  'context.committed': (board, data) => {
    board.tally.commits += 1;
    board.contextVersion = Math.max(board.contextVersion, data.version);
  },
  'context.conflict': (board, data) => {
    board.tally.conflicts += 1;
    board.conflicts.push(data);
  },
  'conflict.resolved': (board, { id, version = 0 }) => {
    board.conflicts = board.conflicts.filter((each) => each.id !== id);
    board.contextVersion = Math.max(board.contextVersion, version);
  },
  'pool.usage': (board, data) => {
    board.pool = data;
  },
};

/** The event with its data checked by its type; undefined when this version cannot read it. */
export function typedEvent(event: TuttiEvent): EventOf | undefined {
  const data = EVENTS[event.type].safeParse(event.data);
  return data.success ? ({ type: event.type, data: data.data } as EventOf) : undefined;
}

/** Takes one event into the board. An event that cannot be read changes nothing. */
export function foldEvent(board: RunBoard, event: TuttiEvent): void {
  const typed = typedEvent(event);
  if (typed === undefined) return;
  const atMs = Date.parse(event.time);
  board.run ??= event.run;
  if (board.lastMs > 0) {
    passed(board.standing, board.paused !== undefined, atMs - board.lastMs);
    used(board.usage, atMs - board.lastMs);
  }
  board.lastMs = Math.max(board.lastMs, atMs);
  const apply = HANDLERS[typed.type] as Apply<EventType> | undefined;
  apply?.(board, typed.data, atMs);
}

/** Steps of a board by what they do now. */
export function stepsBy(board: RunBoard): {
  readonly running: readonly StepRow[];
  readonly waiting: readonly StepRow[];
  readonly ended: readonly StepRow[];
} {
  const rows = [...board.steps.values()];
  return {
    running: rows.filter((row) => row.phase === 'running'),
    waiting: rows.filter((row) => row.phase !== 'running' && row.phase !== 'ended'),
    ended: rows.filter((row) => row.phase === 'ended'),
  };
}
