/**
 * The machine of one run: a table of which state takes which message. What a message means is decided in `run/*.ts`,
 * pure functions on a `Turn`; the machine only takes the turn's result.
 */
import type { ErrorBody, MessageType, Received } from '@tutti/contracts';
import { decided, effectActions } from '@tutti/kernel';
import { type EventObject, setup } from 'xstate';
import { admitLine, answered, grant, revoked, settle, sync } from './run/admit.ts';
import { answersAgain, approve, signal, signalled, waitIsOver } from './run/answer.ts';
import * as attempt from './run/attempt.ts';
import { callFailed, committed, contextOpened } from './run/commit.ts';
import { askFill, fillRefused } from './run/fill.ts';
import { endIfOver, stopRun } from './run/finish.ts';
import { askForecast, type Foreseen, foreseen } from './run/forecast.ts';
import { arrive, askGroupsAgain, closed, extended, fillAgain, openBarrier } from './run/group.ts';
import { type ValidationDone, validated } from './run/judged.ts';
import { free } from './run/keep.ts';
import type { RunContext } from './run/model.ts';
import { openContext, refused } from './run/open.ts';
import { pause, resume } from './run/pause.ts';
import { recovered, survey, surveyed, unsurveyed } from './run/recover.ts';
import {
  type ConflictRefused,
  decisionsAgain,
  type Resolved,
  resolve,
  resolved,
  resolveRefused,
} from './run/resolve.ts';
import { retryRun } from './run/retry.ts';
import { blankRun, outOfRoom, outOfTime, type RunInput, start, startAgain } from './run/start.ts';
import { DEFAULT_TURN_OPTIONS, Turn, type TurnOptions } from './run/turn.ts';
import { awaitAgain, instanceAvailable, retry, unplaced } from './run/unplaced.ts';
import { validationTimedOut } from './run/validation.ts';
import { startedWith, viewOf } from './run/view.ts';

/** Events of the run's own: timers, and what its node tells it (`self` effects). */
interface OwnEvents {
  'timer.sync': { readonly unwritten?: boolean; readonly owed?: boolean };
  'timer.run': object;
  'timer.survey': { readonly keepMs?: number };
  'timer.open': { readonly tries: number };
  'context.refused': { readonly error: ErrorBody };
  'conflict.refused': ConflictRefused;
  'timer.resolve': object;
  'fill.refused': { readonly group: string; readonly error: ErrorBody };
  'run.foreseen': Omit<Foreseen, 'type'>;
  'timer.step': { readonly step: string; readonly epoch: number; readonly keepMs?: number };
  'timer.stop': { readonly step: string; readonly epoch: number; readonly keepMs?: number };
  'timer.kept': { readonly lease: string };
  'lease.unused': { readonly step: string; readonly epoch: number };
  'timer.retry': { readonly step: string };
  'timer.wait': { readonly step: string; readonly epoch: number };
  'signal.there': { readonly name: string };
  'commits.due': object;
  'timer.validation': { readonly step: string; readonly dueAtMs: number };
  'validation.done': ValidationDone;
  'timer.fill': { readonly group: string };
  'timer.barrier': { readonly group: string };
  'actor.recovered': { readonly ownerEpoch: number; readonly owner: string };
  'log.filled': object;
  'attempt.failed': attempt.AttemptFailed;
  'attempt.stopped': {
    readonly step: string;
    readonly attempt: number;
    readonly epoch: number;
    readonly role: string;
    readonly instance: string;
  };
  'step.unfit': { readonly lease: string; readonly reason: string };
}
type Own<K extends keyof OwnEvents> = { readonly type: K; readonly at: number } & OwnEvents[K];
export type RunEvent = { [K in keyof OwnEvents]: Own<K> }[keyof OwnEvents] | Received<MessageType>;

type Handler = (turn: Turn, event: never) => void;

/** The one table of what an event means to a run. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'workflow.start': (turn, e: Received<'workflow.start'>) => startAgain(turn, e),
  'run.status': (turn) => turn.reply({ type: 'run.state', ...viewOf(turn.run) }),
  'run.describe': (turn) => turn.reply({ type: 'run.described', ...startedWith(turn.run) }),
  'run.cancel': (turn, e: Received<'run.cancel'>) => {
    stopRun(turn, 'cancelled', e.reason);
    turn.reply({ type: 'run.state', ...viewOf(turn.run) });
  },
  'run.pause': pause,
  'run.resume': resume,
  'run.retry': retryRun,
  'run.approve': approve,
  'run.signal': signal,
  'run.resolve': resolve,
  'signal.there': (turn, e: Own<'signal.there'>) => signalled(turn, e.name),
  'commits.due': (turn) => {
    answersAgain(turn);
    fillAgain(turn);
  },
  'run.events': (turn, e: Received<'run.events'>) => turn.custom('history', { fromSeq: e.fromSeq, limit: e.limit }),
  'resource.answer': answered,
  'resource.granted': (turn, e: Received<'resource.granted'>) => {
    for (const lease of e.granted) grant(turn, lease);
  },
  'resource.revoked': revoked,
  'resource.announce': (turn) => sync(turn, { isNew: true }),
  'attempt.placed': attempt.placed,
  'attempt.unplaced': unplaced,
  'attempt.lost': attempt.lost,
  'attempt.failed': attempt.failed,
  'attempt.stopped': attempt.stopped,
  'attempt.outcome': attempt.outcome,
  'attempt.progress': attempt.progressed,
  'attempt.surveyed': surveyed,
  'instance.available': (turn, e: Received<'instance.available'>) => instanceAvailable(turn, e.role),
  'lease.unused': (turn, e: Own<'lease.unused'>) => attempt.unused(turn, e),
  'step.unfit': attempt.unfit,
  'context.committed': committed,
  'context.opened': (turn, e: Received<'context.opened'>) => {
    contextOpened(turn, e);
    survey(turn);
  },
  'context.resolved': (turn, e: Resolved) => resolved(turn, e),
  'conflict.refused': (turn, e: Own<'conflict.refused'>) => resolveRefused(turn, e),
  'timer.resolve': decisionsAgain,
  'barrier.closed': closed,
  'barrier.extended': extended,
  'barrier.opened': () => undefined,
  'call.failed': callFailed,
  'actor.recovered': recovered,
  'log.filled': (turn) => outOfRoom(turn),
  'timer.sync': (turn, { unwritten = false, owed = false }: Own<'timer.sync'>) => {
    sync(turn, { isPartial: unwritten, isNew: owed });
    if (turn.run.phase === 'ended') return;
    askGroupsAgain(turn);
    turn.custom('self', { type: 'commits.due' });
    awaitAgain(turn);
  },
  'timer.run': (turn) => outOfTime(turn),
  'timer.survey': (turn, e: Own<'timer.survey'>) => unsurveyed(turn, e.keepMs),
  'timer.open': (turn, e: Own<'timer.open'>) => openContext(turn, e.tries),
  'context.refused': (turn, e: Own<'context.refused'>) => {
    refused(turn, e);
    survey(turn);
  },
  'fill.refused': fillRefused,
  'run.foreseen': (turn, e: Own<'run.foreseen'>) => foreseen(turn, e),
  'timer.step': (turn, e: Own<'timer.step'>) => attempt.timedOut(turn, e.step, e.epoch, e.keepMs),
  'timer.wait': (turn, e: Own<'timer.wait'>) => waitIsOver(turn, e.step, e.epoch),
  'timer.validation': (turn, e: Own<'timer.validation'>) => validationTimedOut(turn, e.step, e.dueAtMs),
  'validation.done': (turn, e: Own<'validation.done'>) => validated(turn, e),
  'timer.stop': (turn, e: Own<'timer.stop'>) => attempt.stopped(turn, e),
  'timer.kept': (turn, e: Own<'timer.kept'>) => free(turn, e.lease),
  'timer.retry': (turn, e: Own<'timer.retry'>) => retry(turn, e.step),
  'timer.fill': (turn, e: Own<'timer.fill'>) => {
    const group = turn.graph.barrier.get(e.group);
    if (group !== undefined) askFill(turn, group);
  },
  'timer.barrier': (turn, e: Own<'timer.barrier'>) => {
    const group = turn.graph.barrier.get(e.group);
    const isOpen = turn.group(e.group).phase === 'open' && turn.run.paused === undefined;
    if (group !== undefined && isOpen) openBarrier(turn, group);
  },
};

/** What is touched is looked at, and a step that this skips is told to its group, which may touch others. */
function follow(turn: Turn): void {
  while (turn.touched.length > 0) {
    settle(turn);
    for (const id of turn.skipped.splice(0)) arrive(turn, id, 'skipped');
  }
}

/** Decides one event: the handler, then everything that follows from it, then the end if it has come. */
function decide(run: RunContext, event: EventObject & { at: number }, options: TurnOptions): Turn {
  const turn =
    run.phase === 'new' ? start(run, event as Received<'workflow.start'>, options) : new Turn(run, event.at, options);
  if (run.phase !== 'new') (HANDLERS[event.type] as (turn: Turn, event: EventObject) => void)(turn, event);
  askForecast(turn);
  follow(turn);
  admitLine(turn);
  endIfOver(turn);
  turn.sendLeases();
  return turn;
}

const CALLS = ['workflow.start', 'run.status', 'run.describe', 'run.cancel', 'run.events'];
const ORDERS = ['run.pause', 'run.resume', 'run.retry', 'run.approve', 'run.signal', 'run.resolve'];
const ALWAYS = [...CALLS, ...ORDERS, 'attempt.outcome', 'barrier.closed'];
const LATE = [
  'attempt.placed',
  'attempt.stopped',
  'attempt.lost',
  'attempt.failed',
  'validation.done',
  'resource.answer',
  'context.committed',
  'context.opened',
  'context.resolved',
  'conflict.refused',
  'call.failed',
  'barrier.opened',
  'actor.recovered',
  'timer.open',
  'timer.resolve',
  'timer.kept',
  'timer.sync',
  'lease.unused',
  'attempt.unplaced',
  'resource.announce',
  'resource.granted',
  'resource.revoked',
];

const take = (types: readonly string[]): Record<string, { actions: 'decide' }> =>
  Object.fromEntries(types.map((type) => [type, { actions: 'decide' as const }]));

export interface RunMachineOptions extends Partial<TurnOptions> {
  /** A lease's life until the pool says otherwise, ms. */
  readonly leaseMs?: number;
}

export function createRunMachine(given: RunMachineOptions = {}) {
  const options: TurnOptions = { ...DEFAULT_TURN_OPTIONS, ...given };
  return setup({
    types: { context: {} as RunContext, events: {} as EventObject & { at: number }, input: {} as RunInput },
    actions: {
      ...effectActions,
      decide: decided((run: RunContext, event: EventObject & { at: number }) => decide(run, event, options).decision()),
    },
    guards: {
      isEnded: ({ context }) => context.phase === 'ended',
      goesOn: ({ context }) => context.phase !== 'ended',
    },
  }).createMachine({
    id: 'run',
    context: ({ input }) => blankRun(input, given.leaseMs ?? 10_000),
    initial: 'new',
    states: {
      new: { on: { 'workflow.start': { target: 'active', actions: 'decide' } } },
      active: { always: { guard: 'isEnded', target: 'ended' }, on: take(Object.keys(HANDLERS)) },
      ended: { always: { guard: 'goesOn', target: 'active' }, on: take([...ALWAYS, ...LATE]) },
    },
  });
}

/** How each event of a run is recorded (see the kernel's `Durability`). */
export const RUN_ACCEPTS = {
  'workflow.start': 'durable',
  'run.status': 'volatile',
  'run.describe': 'volatile',
  'run.cancel': 'durable',
  'run.pause': 'durable',
  'run.resume': 'durable',
  'run.retry': 'durable',
  'run.approve': 'durable',
  'run.signal': 'durable',
  'run.resolve': 'durable',
  'signal.there': 'durable',
  // What it asks the context for may rest on what is not in the journal yet.
  'commits.due': 'volatile',
  'run.events': 'volatile',
  'resource.answer': 'lazy',
  'resource.granted': 'lazy',
  'resource.revoked': 'prompt',
  'resource.announce': 'volatile',
  'attempt.placed': 'lazy',
  'attempt.unplaced': 'lazy',
  'attempt.lost': 'durable',
  'attempt.failed': 'durable',
  'attempt.stopped': 'durable',
  'validation.done': 'durable',
  'attempt.outcome': 'volatile',
  'attempt.progress': 'prompt',
  'attempt.surveyed': 'durable',
  'instance.available': 'lazy',
  'lease.unused': 'durable',
  'step.unfit': 'durable',
  'context.committed': 'lazy',
  'context.opened': 'lazy',
  'context.resolved': 'durable',
  'conflict.refused': 'durable',
  'context.refused': 'durable',
  'fill.refused': 'durable',
  'run.foreseen': 'lazy',
  'barrier.closed': 'durable',
  'barrier.extended': 'durable',
  'barrier.opened': 'prompt',
  'call.failed': 'prompt',
  'actor.recovered': 'durable',
  'log.filled': 'durable',
  'timer.sync': 'prompt',
  'timer.open': 'prompt',
  'timer.resolve': 'volatile',
  'timer.fill': 'volatile',
  'timer.barrier': 'prompt',
} as const;
