/**
 * What an instance decides, as pure functions of its context and an event.
 *
 * The fence: of each (run, step) the lowest epoch that may still run here. It rises to every epoch seen, and one above
 * an attempt that was cancelled or recorded, so that a message that comes late or twice starts nothing.
 */
import {
  type AttemptRef,
  type Body,
  type ErrorBody,
  fnv1a,
  type MessageOf,
  type Subjects,
  TuttiError,
} from '@tutti/contracts';
import type { Effect } from '@tutti/kernel';
import type { AttemptOrder, AttemptResult } from './execute.ts';
import { type AgentOptions, MAX_FENCES } from './options.ts';

/** What telling an outcome takes. */
interface Reporting {
  readonly subjects: Subjects;
  readonly options: AgentOptions;
}

interface Fence {
  readonly key: string;
  readonly floor: number;
}

/** Why an attempt is being stopped; null while it may go on. */
export type Ending = 'timeout' | 'cancel' | 'leave' | 'alone' | null;

/** The attempt that an instance runs or reports. */
export interface Held {
  readonly ref: AttemptRef;
  readonly shard: number;
  readonly base: number;
  readonly timeoutMs: number;
  readonly startedAtMs: number;
  readonly ending: Ending;
  /** Present while it is reported. */
  readonly outcome: Body<'attempt.outcome'> | null;
  /** The host waits for what becomes of it. */
  readonly isAwaited?: true;
  readonly repeats: number;
}

export interface InstanceContext {
  readonly role: string;
  readonly instance: string;
  /** Takes no new work any more. */
  readonly draining: boolean;
  /** Its function did not come back after its abort. */
  readonly hanging: boolean;
  readonly held: Held | null;
  /** Newest last. */
  readonly fences: readonly Fence[];
}

type TimerName = 'timeout' | 'grace' | 'repeat';

/** What a step makes of the instance: its context, what leaves it, which timers start and stop. */
export interface Decision {
  readonly next: InstanceContext;
  readonly effects?: readonly Effect[];
  readonly clear?: readonly TimerName[];
  readonly set?: { readonly timer: TimerName; readonly delayMs: number };
}

type Refusal = Body<'attempt.refused'>['reason'];
type Order = AttemptOrder & { readonly at: number };

/** Names one attempt in a process: what host and machine call it between them. */
export const attemptKey = (ref: Pick<AttemptRef, 'run' | 'step' | 'epoch'>): string =>
  `${ref.run}/${ref.step}/${ref.epoch}`;

const stepKey = (ref: Pick<AttemptRef, 'run' | 'step'>): string => `${ref.run}/${ref.step}`;
const refOf = ({ run, step, attempt, epoch }: AttemptRef): AttemptRef => ({ run, step, attempt, epoch });
const custom = (name: string, data: unknown): Effect => ({ type: 'custom', params: { name, data } });
const reply = (message: MessageOf<'attempt.accepted' | 'attempt.refused'>): Effect => ({
  type: 'reply',
  params: { message },
});

export const newInstance = (role: string, instance: string): InstanceContext => ({
  role,
  instance,
  draining: false,
  hanging: false,
  held: null,
  fences: [],
});

function floorOf(context: InstanceContext, ref: Pick<AttemptRef, 'run' | 'step'>): number {
  const key = stepKey(ref);
  return context.fences.find((fence) => fence.key === key)?.floor ?? 0;
}

function raiseFence(context: InstanceContext, ref: AttemptRef, floor: number): readonly Fence[] {
  const key = stepKey(ref);
  const { fences } = context;
  const last = fences.at(-1);
  if (last?.key === key && last.floor >= floor) return fences;
  const next: Fence[] = [];
  let highest = floor;
  for (const fence of fences) {
    if (fence.key === key) highest = Math.max(highest, fence.floor);
    else next.push(fence);
  }
  if (next.length >= MAX_FENCES) next.shift();
  next.push({ key, floor: highest });
  return next;
}

/** Whether the message is about the attempt that is held. */
export const isCurrent = ({ held }: InstanceContext, ref: AttemptRef): boolean =>
  held !== null && attemptKey(held.ref) === attemptKey(ref);

/** Whether an order gives the held step away under a newer epoch: what is held is not wanted any more. */
export const supersedes = ({ held }: InstanceContext, ref: AttemptRef): boolean =>
  held !== null && stepKey(held.ref) === stepKey(ref) && ref.epoch > held.ref.epoch;

/** Why an order cannot be taken by an instance that is otherwise free; undefined when it can. */
export function refusalOf(context: InstanceContext, order: AttemptOrder): Exclude<Refusal, 'busy'> | undefined {
  if (order.role !== context.role) return 'unknown_role';
  if (order.epoch < floorOf(context, order)) return 'stale_epoch';
  return context.draining ? 'draining' : undefined;
}

/** Takes an order: fences, has it executed; its host answers, with the outcome when that comes soon. */
export function accept(context: InstanceContext, order: Order): Decision {
  const { shard, base, timeoutMs, at } = order;
  const ref = refOf(order);
  const held: Held = {
    ref,
    shard,
    base,
    timeoutMs,
    startedAtMs: at,
    ending: null,
    outcome: null,
    repeats: 0,
  };
  const execute = custom('execute', { key: attemptKey(ref), order, acceptance: acceptanceOf(context, ref) });
  // One that is still reported, and that the new order replaces.
  const before = context.held?.isAwaited === true ? [settled(attemptKey(context.held.ref), false)] : [];
  return {
    next: { ...context, held, fences: raiseFence(context, ref, ref.epoch) },
    effects: [...before, execute],
    clear: ['repeat'],
    set: { timer: 'timeout', delayMs: timeoutMs },
  };
}

/** Says again that the held attempt was accepted. */
export const acceptAgain = (context: InstanceContext, order: Order): Decision => ({
  next: context,
  effects: [reply(acceptanceOf(context, refOf(order)))],
});

const acceptanceOf = ({ instance }: InstanceContext, ref: AttemptRef): MessageOf<'attempt.accepted'> => ({
  type: 'attempt.accepted',
  ...ref,
  instance,
});

/** Refuses, and remembers the epoch: what is older than a refused order is stale all the same. */
export function refuse(context: InstanceContext, order: Order): Decision {
  const ref = refOf(order);
  const reason = refusalOf(context, order) ?? 'busy';
  return {
    next: { ...context, fences: raiseFence(context, ref, ref.epoch) },
    effects: [reply({ type: 'attempt.refused', ...ref, instance: context.instance, reason })],
  };
}

/** Lets nothing of this attempt, nor of older ones, start here again. */
export const fenceOff = (context: InstanceContext, ref: AttemptRef): InstanceContext => ({
  ...context,
  fences: raiseFence(context, ref, ref.epoch + 1),
});

/** Asks the running function to stop, and waits for it for the grace time. What is unwanted stays unwanted. */
export function abort(context: InstanceContext, ending: Exclude<Ending, null>, options: AgentOptions): Decision {
  const { held } = context;
  if (held === null || held.ending === 'cancel') return { next: context };
  const next = { ...context, held: { ...held, ending } };
  return {
    next: ending === 'cancel' ? fenceOff(next, held.ref) : next,
    effects: [custom('abort', { key: attemptKey(held.ref), reason: ending })],
    clear: ['timeout'],
    set: { timer: 'grace', delayMs: options.abortGraceMs },
  };
}

/** The process leaves at once: whatever runs is told to stop, nobody waits for it. */
export const leave = ({ held, ...rest }: InstanceContext): Decision => ({
  next: { ...rest, held: null },
  effects:
    held === null || held.outcome !== null ? [] : [custom('abort', { key: attemptKey(held.ref), reason: 'leave' })],
});

/** Keeps what came of the attempt and tells it for the first time. */
export function conclude(
  context: InstanceContext,
  { result, isAwaited }: Ended,
  at: number,
  { subjects, options }: Reporting,
): Decision {
  if (context.held === null) return { next: context };
  const held: Held = isAwaited === true ? { ...context.held, isAwaited } : context.held;
  const { role, instance } = context;
  const outcome: Body<'attempt.outcome'> = {
    ...held.ref,
    instance,
    role,
    base: held.base,
    startedAtMs: held.startedAtMs,
    endedAtMs: at,
    result: stoppedResult(held) ?? result ?? lostResult('The function ended with no result'),
  };
  const told = report({ ...context, held: { ...held, outcome } }, { subjects, options });
  return { ...told, effects: (told.effects ?? []).map(firstTime), clear: ['timeout', 'grace'] };
}

/** What is told for the first time may be the answer to the order: the host knows whether one is owed. */
const firstTime = (effect: Effect): Effect => (effect.type === 'tell' ? custom('tellFirst', effect.params) : effect);

/** Tells the outcome to the run's owner, and sets the time to tell it again. */
export function report(context: InstanceContext, { subjects, options }: Reporting): Decision {
  const { held, role, instance } = context;
  if (held === null || held.outcome === null) return { next: context };
  const to = subjects.of('outcome', { role, instance, shard: held.shard, run: held.ref.run });
  return {
    next: { ...context, held: { ...held, repeats: held.repeats + 1 } },
    effects: [{ type: 'tell', params: { to, message: { type: 'attempt.outcome', ...held.outcome } } }],
    set: { timer: 'repeat', delayMs: repeatIn(held, instance, options) },
  };
}

/** Share of a pause by which those of different instances differ. */
const SPREAD = 0.25;

/** Ever longer, and of each instance its own: what was refused together must not come together again. */
function repeatIn({ ref, repeats }: Held, instance: string, { repeatMs, repeatMaxMs }: AgentOptions): number {
  const chance = fnv1a(`${instance}/${ref.run}/${ref.step}/${repeats}`) / 2 ** 32;
  return Math.round(Math.min(repeatMaxMs, repeatMs * 2 ** repeats) * (1 - SPREAD * chance));
}

/** Whether the outcome has been told for so long that nobody can want it. */
export const isGivenUp = ({ held }: InstanceContext, at: number, options: AgentOptions): boolean =>
  held?.outcome != null && at - held.outcome.endedAtMs >= options.reportForMs;

/**
 * Tells once that an attempt nobody wants has stopped: its owner holds the lease until then. Not repeated, because the
 * owner waits for a limited time only.
 */
export function tellStopped(context: InstanceContext, at: number, { subjects }: Pick<Reporting, 'subjects'>): Decision {
  const { held, role, instance } = context;
  if (held === null) return { next: context };
  const error = new TuttiError('agent_cancelled', `The attempt of ${held.ref.step} was stopped`).toData();
  const message: MessageOf<'attempt.outcome'> = {
    type: 'attempt.outcome',
    ...held.ref,
    instance,
    role,
    base: held.base,
    startedAtMs: held.startedAtMs,
    endedAtMs: at,
    result: failed(error),
  };
  const to = subjects.of('outcome', { role, instance, shard: held.shard, run: held.ref.run });
  return { next: context, effects: [custom('tellFirst', { to, message })] };
}

/** What the host is told of a result: whether its run has taken it. */
export interface Settled {
  readonly key: string;
  readonly isTaken: boolean;
}

/** How a function ended; absent: it did not. */
export interface Ended {
  readonly result?: AttemptResult;
  /** The host waits for what becomes of the result. */
  readonly isAwaited?: true | undefined;
}

const settled = (key: string, isTaken: boolean): Effect => custom('settled', { key, isTaken } satisfies Settled);

/** Forgets the attempt; its late messages start nothing. `ended`: of what was not concluded, for nobody wants it. */
export function forget(context: InstanceContext, isTaken = false, ended: Ended = {}): Decision {
  const { held } = context;
  const isAwaited = held?.isAwaited === true || ended.isAwaited === true;
  return {
    next: held === null ? context : { ...fenceOff(context, held.ref), held: null },
    clear: ['timeout', 'grace', 'repeat'],
    ...(held !== null && isAwaited ? { effects: [settled(attemptKey(held.ref), isTaken)] } : {}),
  };
}

/** A function came back that had been given up. */
export const markReturned = (context: InstanceContext, key: string, { isAwaited }: Ended): Decision => ({
  next: { ...context, hanging: false },
  ...(isAwaited === true ? { effects: [settled(key, false)] } : {}),
});

/** The outcome is recorded, or not wanted: as the newest message says of it. */
export function recorded(context: InstanceContext, event: Body<'attempt.recorded'>): Decision {
  return forget(context, event.verdict === 'recorded' && event.failed !== true && isCurrent(context, event));
}

/** Drops an outcome that nobody wants. */
export function giveUp(context: InstanceContext): Decision {
  const forgotten = forget(context);
  return { ...forgotten, effects: [...(forgotten.effects ?? []), custom('givenUp', context.held?.ref)] };
}

/** The function ignores its signal: this instance does nothing any more until it returns. */
export const markHanging = (context: InstanceContext): Decision => ({
  next: { ...context, hanging: true, draining: true },
  effects: [custom('hanging', undefined)],
});

export const announce = (context: InstanceContext): Decision => ({
  next: context,
  effects: [custom('changed', undefined)],
});

/** Tells the host that nothing is left to wait for. */
export const sayDrained = (context: InstanceContext): Decision => ({
  next: context,
  effects: context.hanging ? [] : [custom('drained', undefined)],
});

/** What is reported of an attempt that was stopped, whatever its function made of the abort. */
function stoppedResult({ ending, timeoutMs }: Held): AttemptResult | undefined {
  if (ending === 'timeout') {
    const message = `The attempt did not end within its time-out of ${timeoutMs / 1_000} s, the \`timeout\` of its step`;
    return failed(new TuttiError('agent_timeout', message, { details: { timeoutMs } }).toData());
  }
  if (ending === 'alone')
    return lostResult(
      'The attempt was stopped by its own process: no supervisor had said for too long that it heard of it',
    );
  return ending === 'leave' ? lostResult('The agent process was asked to leave before the work was done') : undefined;
}

const lostResult = (message: string): AttemptResult => failed(new TuttiError('agent_lost', message).toData());

function failed(error: ErrorBody): AttemptResult {
  return {
    status: 'failed',
    error: { ...error, ...(error.details === undefined ? {} : { details: { ...error.details } }) },
  };
}
