/**
 * Places attempts on instances: has the input read at one version of the context, chooses the least loaded instance, hands
 * the attempt over, and tells the run how that went. One a node; it keeps no state that a crash could cost.
 */
import { type AnyMessage, type AttemptRef, type ErrorData, keepMsOf, TuttiError } from '@tutti/contracts';
import type { Actor, Done, Exchange, KernelPorts } from '@tutti/kernel';
import { graphOf, stepIn } from '../run/graph.ts';
import type { RunContext } from '../run/model.ts';
import { isFinal } from '../run/refusal.ts';
import { orderOf } from './order.ts';
import type { Registry } from './registry.ts';
import type { Snapshots } from './snapshots.ts';

export interface DispatcherOptions {
  /** How long an attempt may wait for a busy instance while it holds its lease, ms. */
  readonly placeWaitMs: number;
  /** How long an instance may take to accept, ms. */
  readonly acceptMs: number;
  /** Attempts that may wait for instances at once. */
  readonly maxWaiting: number;
  /** How long work may go on that nobody hears of, ms; 0 where agents share this process. */
  readonly aloneMs: number;
}

export const DEFAULT_DISPATCHER_OPTIONS: DispatcherOptions = {
  placeWaitMs: 5_000,
  acceptMs: 2_000,
  maxWaiting: 10_000,
  aloneMs: 0,
};

interface Placement {
  readonly actor: Actor;
  readonly ref: AttemptRef;
  readonly role: string;
  readonly message: AnyMessage & { type: 'attempt.run' };
  /** Instances that did not take it since it last waited. */
  readonly tried: Set<string>;
  refusals: number;
  /** Until when it may wait for an instance, ms of the monotonic clock; set when it first waits. */
  untilMs?: number;
  timer?: { cancel(): void };
}

/** Answers that say that the order was not begun; of any other nobody can tell. */
const DECLINES: ReadonlySet<string> = new Set([
  'no_responders',
  'not_owner',
  'overloaded',
  'bad_message',
  'body_too_large',
]);

/** How many instances may refuse before the attempt goes back to the pool. */
const MAX_REFUSALS = 5;

/** What the dispatcher asks of its node. */
export interface Dispatcher {
  /** Places the present attempt of a step. The run hears `attempt.placed`, `attempt.outcome` or `attempt.unplaced`. */
  place(actor: Actor, want: { readonly step: string; readonly attempt: number; readonly epoch: number }): void;
  /** Tells an instance that its outcome is recorded, and takes the instance back. */
  record(data: {
    attempt: AttemptRef;
    role: string;
    instance: string;
    verdict: 'recorded' | 'stale_epoch' | 'unknown_run';
    failed?: true;
  }): void;
  /** An instance of the role may be free: whoever waits for one goes on. */
  freed(role: string): void;
  /**
   * Looks whether there is somebody to wait for. Whoever waits for a free instance of a role that has none looks again, and can
   * say so then. To be called now and then once this node has heard all agents.
   */
  gone(): void;
  /**
   * A run wants to hear once an instance of the role is free. To say so again changes nothing.
   * `hasHeard`: that there is none at all.
   */
  await(actor: Actor, want: { readonly role: string; readonly hasHeard?: boolean }): void;
}

export function createDispatcher(
  ports: KernelPorts,
  exchange: Exchange,
  registry: Registry,
  snapshots: Snapshots,
  options: DispatcherOptions = DEFAULT_DISPATCHER_OPTIONS,
): Dispatcher {
  return new NodeDispatcher(ports, exchange, registry, snapshots, options);
}

class NodeDispatcher implements Dispatcher {
  readonly #ports: KernelPorts;
  readonly #exchange: Exchange;
  readonly #registry: Registry;
  readonly #snapshots: Snapshots;
  readonly #options: DispatcherOptions;
  readonly #waiting = new Map<string, Placement[]>();
  /** Runs that want to hear when an instance of a role comes, and whether they have heard that there is none. */
  readonly #interested = new Map<string, Map<Actor, boolean>>();
  #count = 0;

  constructor(
    ports: KernelPorts,
    exchange: Exchange,
    registry: Registry,
    snapshots: Snapshots,
    options: DispatcherOptions,
  ) {
    this.#ports = ports;
    this.#exchange = exchange;
    this.#registry = registry;
    this.#snapshots = snapshots;
    this.#options = options;
  }

  place(
    actor: Actor,
    { step, attempt, epoch }: { readonly step: string; readonly attempt: number; readonly epoch: number },
  ): void {
    const run = actor.snapshot?.context as RunContext;
    const ref: AttemptRef = { run: run.run, step, attempt, epoch };
    const role = graphOf(run.definition).step.get(step)?.agent ?? '';
    const failed = (error: unknown): void => {
      this.#ports.log.warn({ run: run.run, step, err: error }, 'the input of an attempt could not be read');
      const known = TuttiError.from(error);
      if (!isFinal(known)) return this.#tell(actor, { type: 'attempt.unplaced', ...ref, reason: 'no_answer' });
      this.#tell(actor, { type: 'attempt.failed', ...ref, error: known.toData() });
    };
    const { aloneMs } = this.#options;
    const offer = (order: Placement['message']): void => {
      const message = aloneMs === 0 ? order : { ...order, aloneMs };
      this.#offer({ actor, ref, role, message, tried: new Set(), refusals: 0 });
    };
    try {
      const made = orderOf({ exchange: this.#exchange, ports: this.#ports, snapshots: this.#snapshots }, run, ref);
      if (made instanceof Promise) made.then(offer).catch(failed);
      else offer(made);
    } catch (error) {
      failed(error);
    }
  }

  record({ attempt, role, instance, ...told }: Parameters<Dispatcher['record']>[0]): void {
    const to = this.#ports.subjects.of('instance', { role, instance });
    this.#exchange.send(to, { type: 'attempt.recorded', ...attempt, ...told });
    this.#registry.giveBack(role, instance, attempt);
    this.freed(role);
  }

  freed(role: string): void {
    for (let next = this.#next(role); next !== undefined; next = this.#next(role)) {
      if (!isWanted(next)) {
        this.#withdraw(next);
        continue;
      }
      // Whoever is free by a new beat may take what it did not take before.
      next.tried.clear();
      return this.#offer(next);
    }
    const actors = this.#interested.get(role);
    this.#interested.delete(role);
    for (const actor of actors?.keys() ?? []) this.#tell(actor, { type: 'instance.available', role });
  }

  gone(): void {
    for (const role of new Set([...this.#waiting.keys(), ...this.#interested.keys()])) {
      this.#forgetOver(role);
      if (this.#registry.hasRole(role)) continue;
      // Those that are given up here come back at once, and have heard.
      const unaware = [...(this.#interested.get(role) ?? [])].filter(([, hasHeard]) => !hasHeard);
      for (let next = this.#next(role); next !== undefined; next = this.#next(role)) this.#giveUp(next, 'no_agent');
      for (const [actor] of unaware) {
        this.#interested.get(role)?.delete(actor);
        this.#tell(actor, { type: 'instance.available', role });
      }
    }
  }

  /** Runs that ended meanwhile and lines in which nobody is: a role that never comes must not keep them for ever. */
  #forgetOver(role: string): void {
    if (this.#waiting.get(role)?.length === 0) this.#waiting.delete(role);
    const actors = this.#interested.get(role);
    for (const actor of actors?.keys() ?? []) if (actor.ended || actor.stoppedBy !== undefined) actors?.delete(actor);
    if (actors?.size === 0) this.#interested.delete(role);
  }

  /** The first in line for a role waits no longer. */
  #next(role: string): Placement | undefined {
    const next = this.#waiting.get(role)?.shift();
    if (next === undefined) return undefined;
    this.#count--;
    next.timer?.cancel();
    return next;
  }

  await(actor: Actor, { role, hasHeard = false }: { readonly role: string; readonly hasHeard?: boolean }): void {
    this.#forgetOver(role);
    const actors = this.#interested.get(role) ?? new Map<Actor, boolean>();
    this.#interested.set(role, actors.set(actor, hasHeard));
  }

  #offer(p: Placement): void {
    if (!isWanted(p)) return this.#withdraw(p);
    if (isPaused(p)) return this.#giveUp(p, 'busy');
    if (p.refusals >= MAX_REFUSALS) return this.#giveUp(p, 'no_answer');
    const { random, clock } = this.#ports;
    const nowMs = clock.monotonic();
    const instance = this.#registry.pick(p.role, random.next(), nowMs, p.tried);
    if (instance === undefined) return this.#wait(p);
    this.#registry.give(p.role, instance, p.ref, nowMs);
    const to = this.#ports.subjects.of('instance', { role: p.role, instance });
    this.#exchange.call(to, p.message, this.#options.acceptMs, (answer) => this.#answered(p, instance, to, answer));
  }

  #answered(p: Placement, instance: string, to: string, answer: Parameters<Done>[0]): void {
    const isItsOwn = !(answer instanceof TuttiError && DECLINES.has(answer.code));
    if (isItsOwn) this.#registry.answered(p.role, instance, p.ref, this.#ports.clock.monotonic());
    if (!(answer instanceof TuttiError)) {
      const { message } = answer;
      if (message.type === 'attempt.accepted') return this.#placed(p, instance);
      // Short work was done before it was accepted.
      if (message.type === 'attempt.outcome') return this.#tell(p.actor, message);
      if (message.type === 'attempt.refused' && message.reason === 'stale_epoch') return this.#stale(p, instance);
    } else {
      this.#ports.log.warn({ instance, err: answer }, 'an instance did not take an attempt');
      if (!DECLINES.has(answer.code)) return this.#unanswered(p, instance, to);
    }
    this.#registry.suspect(p.role, instance);
    p.tried.add(instance);
    p.refusals += 1;
    this.#offer(p);
  }

  /** Nobody has it, and nobody is to have it any more: a run that holds its lease until it has stopped hears so. */
  #withdraw(p: Placement): void {
    if (p.actor.stoppedBy === undefined && !p.actor.ended) this.#giveUp(p, 'busy');
  }

  #placed(p: Placement, instance: string): void {
    const home = this.#registry.homeOf(p.role, instance);
    this.#tell(p.actor, { type: 'attempt.placed', ...p.ref, instance, ...(home === undefined ? {} : { home }) });
  }

  /** It may have taken the attempt all the same: one lease must not pay for two executions, so another one is asked for. */
  #unanswered(p: Placement, instance: string, to: string): void {
    this.#exchange.send(to, { type: 'attempt.cancel', ...p.ref, reason: 'it did not answer in time' });
    const { aloneMs } = this.#options;
    if (aloneMs === 0) this.#registry.suspect(p.role, instance);
    else this.#registry.doubt(p.role, instance);
    this.#tell(p.actor, {
      type: 'attempt.unplaced',
      ...p.ref,
      reason: 'no_answer',
      ...(aloneMs === 0 ? {} : { keepMs: keepMsOf(aloneMs) }),
    });
  }

  /**
   * Another attempt of the step was newer, so nobody is to run this one: a newer owner's, or one of a purged run that had this
   * run's id. The run, if it is still here, asks under a newer epoch.
   */
  #stale(p: Placement, instance: string): void {
    this.#registry.giveBack(p.role, instance, p.ref);
    this.#giveUp(p, 'no_answer');
  }

  #wait(p: Placement): void {
    if (!this.#registry.hasRole(p.role)) return this.#giveUp(p, 'no_agent');
    if (this.#count >= this.#options.maxWaiting) return this.#giveUp(p, 'busy');
    const line = this.#waiting.get(p.role) ?? [];
    this.#waiting.set(p.role, line);
    line.push(p);
    this.#count++;
    const { clock } = this.#ports;
    p.untilMs ??= clock.monotonic() + this.#options.placeWaitMs;
    p.timer = clock.after(Math.max(0, p.untilMs - clock.monotonic()), () => {
      const at = line.indexOf(p);
      if (at < 0) return;
      line.splice(at, 1);
      this.#count--;
      this.#giveUp(p, 'busy');
    });
  }

  #giveUp(p: Placement, reason: 'no_agent' | 'busy' | 'no_answer'): void {
    this.#tell(p.actor, { type: 'attempt.unplaced', ...p.ref, reason });
  }

  #tell(actor: Actor, event: AnyMessage | AttemptFailed): void {
    actor.receive({ ...event, from: this.#exchange.identity } as never);
  }
}

type AttemptFailed = { readonly type: 'attempt.failed'; readonly error: ErrorData } & AttemptRef;

/** Whether the run is still here and its step still waits for this attempt to be placed. */
function isWanted({ actor, ref }: Placement): boolean {
  const run = actor.snapshot?.context as RunContext | undefined;
  const step = run === undefined ? undefined : stepIn(run, ref.step);
  return actor.stoppedBy === undefined && step?.status === 'placing' && step.epoch === ref.epoch;
}

/** A paused run gives no order that it has not given yet: the lease goes back. */
const isPaused = ({ actor }: Placement): boolean =>
  (actor.snapshot?.context as RunContext | undefined)?.paused !== undefined;
