/** What a node knows of agents and does with attempts: the registry fed by heartbeats, the dispatcher, the custom effects. */
import type { Subscription } from '@tutti/bus';
import {
  type AttemptRef,
  type Body,
  type Home,
  keepMsOf,
  type PoolSpec,
  shardOf,
  TuttiError,
  type TuttiEvent,
} from '@tutti/contracts';
import {
  type Actor,
  type ActorHost,
  type CustomContext,
  type Exchange,
  type Incoming,
  type KernelPorts,
  remembering,
} from '@tutti/kernel';
import {
  type ActiveStep,
  activeSteps,
  BEAT_MS,
  type CommitWanted,
  createDispatcher,
  DEFAULT_DISPATCHER_OPTIONS,
  type DecisionWanted,
  type Dispatcher,
  FORECAST_EACH_MS,
  foresee,
  isUnwanted,
  MAX_PROCESSES,
  performCommit,
  performDecision,
  Registry,
  type RegistryChange,
  type RunContext,
  Snapshots,
} from '@tutti/supervisor';

/** Between two looks who is gone, ms. */
const TICK_MS = BEAT_MS / 2;

/** How long a new node listens before it believes that it has heard everybody, ms. */
const WARM_MS = 2.5 * BEAT_MS;
/** The same after this node was cut off, as agents may have been: the longest pause between two tries to connect, and a beat. */
const WARM_AGAIN_MS = 3.5 * BEAT_MS;

/** Between two answers to the beats of one process, at the least, ms: they may come 20 times a second. */
const ANSWER_EACH_MS = 500;

export interface Placing {
  readonly registry: Registry;
  /** Every live instance, as this node sees it now. */
  instances(): ReturnType<Registry['list']>;
  /** Performs the custom effects of a workflow actor. */
  custom(name: string, data: unknown, context: CustomContext): void;
  stop(): void;
}

export interface PlacingOptions {
  /** How long work may go on that nobody hears of, ms; 0 where agents share this process. */
  readonly aloneMs: number;
  /** Whether a process is surely dead: this one shares its machine and looks. */
  isDead(home: Home): boolean;
  workflows(): ActorHost | undefined;
  /** The pool that the cluster has, as far as it is known. */
  pool?(): PoolSpec | undefined;
  publish(subject: string, event: Omit<TuttiEvent, 'v' | 'time'>): void;
}

export function createPlacing(ports: KernelPorts, exchange: Exchange, options: PlacingOptions): Placing {
  return new NodePlacing(ports, exchange, options);
}

interface Effects {
  readonly await: { role: string; hasHeard?: boolean };
  readonly place: { step: string; attempt: number; epoch: number };
  readonly record: Parameters<Dispatcher['record']>[0];
  readonly ended: { run: string };
  readonly history: { fromSeq: number; limit: number };
}

class NodePlacing implements Placing {
  readonly registry: Registry;
  readonly #ports: KernelPorts;
  readonly #exchange: Exchange;
  readonly #options: PlacingOptions;
  readonly #snapshots = new Snapshots();
  readonly #dispatcher: Dispatcher;
  readonly #beats: Subscription;
  readonly #unwatch: () => void;
  /** Until then it may not have heard everybody, ms on the monotonic clock. */
  #warmAt: number;
  /** When beats of a process were answered last. */
  readonly #answered = remembering<number>(MAX_PROCESSES);
  #isCutOff = false;
  /** Until when nobody looks again how a run will go on, ms since 1970. */
  readonly #blindUntil = new WeakMap<Actor, number>();
  /** When it looked last who is gone, ms on the monotonic clock. */
  #tickedMs: number;
  #timer: { cancel(): void } | undefined;

  constructor(ports: KernelPorts, exchange: Exchange, options: PlacingOptions) {
    this.#ports = ports;
    this.#exchange = exchange;
    this.#options = options;
    this.registry = new Registry(options.isDead);
    const dispatching = { ...DEFAULT_DISPATCHER_OPTIONS, aloneMs: options.aloneMs };
    this.#dispatcher = createDispatcher(ports, exchange, this.registry, this.#snapshots, dispatching);
    this.#tickedMs = ports.clock.monotonic();
    this.#warmAt = this.#tickedMs + WARM_MS;
    this.#unwatch = ports.bus.onStatus(({ type }) => {
      if (type === 'disconnected') this.#isCutOff = true;
      else if (type === 'reconnected') this.#hearsAgain();
    });
    const hear = ({ message }: Incoming): void => {
      if (message.type === 'agent.beat') this.#beat(message);
    };
    this.#beats = exchange.serve(ports.subjects.of('agentBeat', { process: '*' }), hear, { local: false });
    this.#tick();
  }

  custom(name: string, data: unknown, { actor, reply }: CustomContext): void {
    if (name === 'place') this.#dispatcher.place(actor, data as Effects['place']);
    else if (name === 'commit') performCommit(this.#exchange, this.#snapshots, actor, data as CommitWanted);
    else if (name === 'resolve') performDecision(this.#exchange, actor, data as DecisionWanted, reply);
    else if (name === 'ended') this.#snapshots.forget((data as Effects['ended']).run);
    else if (name === 'await') this.#dispatcher.await(actor, data as Effects['await']);
    else if (name === 'record') this.#dispatcher.record(data as Effects['record']);
    else if (name === 'self') this.#ports.clock.soon(() => this.#tell(actor, data as object));
    else if (name === 'foresee') this.#ports.clock.soon(() => this.#foresee(actor));
    else if (name === 'survey') this.#survey(actor);
    else if (name === 'history' && reply !== undefined) {
      void replyHistory(this.#options.workflows(), actor, data as Effects['history'], reply);
    }
  }

  instances(): ReturnType<Registry['list']> {
    return this.registry.list(this.#ports.clock.monotonic());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#unwatch();
    this.#beats.unsubscribe();
  }

  /** Nobody is gone because this node heard nothing: each has the time to be heard again. */
  #hearsAgain(): void {
    const now = this.#ports.clock.monotonic();
    this.#isCutOff = false;
    this.#warmAt = Math.max(this.#warmAt, now + WARM_AGAIN_MS);
    this.registry.excuse(now);
  }

  #foresee(actor: Actor): void {
    const run = actor.snapshot?.context as RunContext | undefined;
    const nowMs = this.#ports.clock.now();
    // A look that saw nothing is none that the run knows of: it asks again with each step that ends.
    if (run === undefined || actor.stoppedBy !== undefined || nowMs < (this.#blindUntil.get(actor) ?? 0)) return;
    try {
      const seen = foresee(run, nowMs, this.#options.pool?.());
      if (seen !== undefined) return this.#tell(actor, seen);
    } catch (err) {
      this.#ports.log.warn(
        { run: run.run, err },
        'a run could not be planned anew; it goes on by the plan that it has',
      );
    }
    this.#blindUntil.set(actor, nowMs + FORECAST_EACH_MS);
  }

  #tell(actor: Actor | undefined, event: object): void {
    actor?.receive({ ...event, from: this.#exchange.identity } as never);
  }

  #beat(beat: Body<'agent.beat'>): void {
    const change = this.registry.beat(beat, this.#ports.clock.monotonic());
    if (change.joined) this.#joined(beat);
    if (change.left) this.#left(beat.process, 'it said so');
    if (change.replaced !== undefined)
      this.#lost(change.replaced, 'its process was replaced', this.#keepMs(change.replaced.seenMs));
    this.#lost(change, change.left ? 'its process left' : 'its process no longer runs it');
    for (const role of new Set(change.freed)) this.#dispatcher.freed(role);
    for (const row of beat.instances) this.#stopUnwanted(row);
    if (!beat.left) this.#answer(beat);
  }

  /** Says which of its attempts are counted on here: what nobody says this of for too long, an agent process stops by itself. */
  #answer({ process, startedAtMs, seq, instances }: Body<'agent.beat'>): void {
    const now = this.#ports.clock.monotonic();
    if (this.#options.aloneMs === 0 || now - (this.#answered.get(process) ?? 0) < ANSWER_EACH_MS) return;
    const attempts = instances.flatMap((row) => (this.#isCountedOn(row) ? [row.attempt] : []));
    if (attempts.length === 0) return;
    this.#answered.set(process, now);
    const to = this.#ports.subjects.of('heard', { process });
    this.#exchange.send(to, { type: 'agent.heard', process, startedAtMs, seq, attempts });
  }

  #isCountedOn(row: Row): row is Row & { attempt: AttemptRef } {
    if (row.attempt === undefined) return false;
    const actor = this.#options.workflows()?.get(row.attempt.run);
    if (actor?.snapshot === undefined || actor.stoppedBy !== undefined) return false;
    return !isUnwanted(actor.snapshot.context as RunContext, row.attempt, row.instance);
  }

  /** A cancel may be lost: whoever runs what nobody waits for is told again, once that is sure to stay so. */
  #stopUnwanted({ role, instance, state, attempt }: Row): void {
    if (attempt === undefined || (state !== 'preparing' && state !== 'running')) return;
    const actor = this.#options.workflows()?.get(attempt.run);
    if (actor?.snapshot === undefined || actor.stoppedBy !== undefined || actor.busy) return;
    if (!isUnwanted(actor.snapshot.context as RunContext, attempt, instance)) return;
    const to = this.#ports.subjects.of('instance', { role, instance });
    this.#exchange.send(to, { type: 'attempt.cancel', ...attempt, reason: 'nobody waits for it any more' });
  }

  #tick(): void {
    const now = this.#ports.clock.monotonic();
    // This process stood still, and heard nobody meanwhile; where agents share it, they could not beat.
    if (now - this.#tickedMs > TICK_MS + BEAT_MS) this.registry.excuse(now);
    this.#tickedMs = now;
    const gone = this.#isCutOff ? [] : this.registry.expire(now);
    for (const change of gone) {
      this.#left(change.process, 'it missed its heartbeats');
      this.#lost(change, 'its process missed its heartbeats', this.#keepMs(change.seenMs));
    }
    if (!this.#isCutOff && now >= this.#warmAt) this.#dispatcher.gone();
    this.#timer = this.#ports.clock.after(TICK_MS, () => this.#tick(), true);
  }

  /** `keepMs`: for how long it may go on all the same. */
  #lost(change: RegistryChange, reason: string, keepMs?: number): void {
    const kept = keepMs === undefined ? {} : { keepMs };
    for (const { ref, instance } of change.lost) {
      this.#tell(this.#options.workflows()?.get(ref.run), { type: 'attempt.lost', ...ref, instance, reason, ...kept });
    }
  }

  /** How long what a process was doing may still go on that was heard of last then; undefined when it does not. */
  #keepMs(seenMs: number | undefined): number | undefined {
    const { aloneMs } = this.#options;
    if (aloneMs === 0 || seenMs === undefined) return undefined;
    return Math.max(1, Math.round(keepMsOf(aloneMs) - (this.#ports.clock.monotonic() - seenMs)));
  }

  #joined({ process, host, instances }: Body<'agent.beat'>): void {
    const roles: Record<string, number> = {};
    for (const { role } of instances) roles[role] = (roles[role] ?? 0) + 1;
    const to = this.#ports.subjects.of('agentEvent', { process, verb: 'joined' });
    this.#options.publish(to, { type: 'agent.joined', data: { process, host, roles } });
  }

  #left(process: string, reason: string): void {
    const to = this.#ports.subjects.of('agentEvent', { process, verb: 'left' });
    this.#options.publish(to, { type: 'agent.left', data: { process, reason } });
  }

  /** Steps that somebody may work on who was not heard of. */
  #unheard(actor: Actor): { step: string; keepMs: number }[] {
    const run = actor.snapshot?.context as RunContext | undefined;
    return [...(run === undefined ? [] : activeSteps(run))].flatMap((active) => {
      const keepMs = this.#isKnown(active) ? undefined : this.#keepMs(this.#ports.clock.monotonic());
      const { step, instance, ref } = active;
      if (keepMs !== undefined && instance !== undefined) this.registry.expect(instance, ref);
      return keepMs === undefined ? [] : [{ step, keepMs }];
    });
  }

  /** Whether its process is dead, or beats of its instance tell whether it runs: one that is older than the attempt does not. */
  #isKnown({ role, instance, home, sinceMs }: ActiveStep): boolean {
    if (home !== undefined && this.#options.isDead(home)) return true;
    const heardAt = instance === undefined ? undefined : this.registry.heardAt(role, instance);
    if (heardAt === undefined) return false;
    const { clock } = this.#ports;
    return clock.monotonic() - heardAt + BEAT_MS <= clock.now() - sinceMs;
  }

  /** Tells a recovered run what its instances still do, once this node has heard everybody. */
  #survey(actor: Actor): void {
    const { clock } = this.#ports;
    const warmIn = this.#warmAt - clock.monotonic();
    const tell = (): void => {
      const found = this.registry.attemptsOf(actor.id);
      this.#tell(actor, { type: 'attempt.surveyed', run: actor.id, found, unheard: this.#unheard(actor) });
    };
    if (warmIn <= 0) clock.soon(tell);
    else clock.after(warmIn, tell, true);
  }
}

type Row = Body<'agent.beat'>['instances'][number];

/** Answers with recorded events: the journal is replayed, its emits are the events. */
async function replyHistory(
  host: ActorHost | undefined,
  actor: Actor,
  { fromSeq, limit }: { fromSeq: number; limit: number },
  reply: NonNullable<CustomContext['reply']>,
): Promise<void> {
  const run = actor.id;
  try {
    const wanted = (await host?.events({ run, shard: String(shardOf(run)) }, fromSeq)) ?? [];
    reply({ type: 'run.recorded', run, events: wanted.slice(0, limit), complete: wanted.length <= limit });
  } catch (error) {
    reply({ type: 'error', error: TuttiError.from(error).toData() });
  }
}
