/** What a node knows of agents and does with attempts: the registry fed by heartbeats, the dispatcher, the custom effects. */
import type { Subscription } from '@tutti/bus';
import { type AttemptRef, type Body, shardOf, type TuttiEvent } from '@tutti/contracts';
import type { Actor, ActorHost, CustomContext, Exchange, KernelPorts } from '@tutti/kernel';
import { BEAT_MS, createDispatcher, Registry, type RegistryChange } from '@tutti/supervisor';

/** Beats a new node waits for before it believes that it has heard everybody. */
const WARM_BEATS = 2.5;

export interface Placing {
  readonly registry: Registry;
  /** Performs the custom effects of a workflow actor. */
  custom(name: string, data: unknown, context: CustomContext): void;
  stop(): void;
}

export interface PlacingOptions {
  workflows(): ActorHost | undefined;
  publish(subject: string, event: Omit<TuttiEvent, 'v' | 'time'>): void;
}

export function createPlacing(ports: KernelPorts, exchange: Exchange, options: PlacingOptions): Placing {
  const { clock, subjects } = ports;
  const registry = new Registry();
  const dispatcher = createDispatcher(ports, exchange, registry);
  const startedAt = clock.monotonic();
  let timer: { cancel(): void } | undefined;

  const lost = (change: RegistryChange, reason: string): void => {
    for (const { ref, instance } of change.lost) {
      options
        .workflows()
        ?.get(ref.run)
        ?.receive({ type: 'attempt.lost', ...ref, instance, reason, from: exchange.identity } as never);
    }
  };

  const onBeat = (beat: Body<'agent.beat'>): void => {
    const change = registry.beat(beat, clock.monotonic());
    if (change.joined) announce(beat);
    if (change.left)
      options.publish(subjects.of('agentEvent', { process: beat.process, verb: 'left' }), {
        type: 'agent.left',
        data: { process: beat.process, reason: 'said so' },
      });
    lost(change, change.left ? 'its process left' : 'its process no longer runs it');
    for (const role of new Set(change.freed)) dispatcher.freed(role);
  };

  const announce = ({ process, host, instances }: Body<'agent.beat'>): void => {
    const roles: Record<string, number> = {};
    for (const { role } of instances) roles[role] = (roles[role] ?? 0) + 1;
    options.publish(subjects.of('agentEvent', { process, verb: 'joined' }), {
      type: 'agent.joined',
      data: { process, host, roles },
    });
  };

  const tick = (): void => {
    for (const change of registry.expire(clock.monotonic())) {
      options.publish(subjects.of('agentEvent', { process: change.process, verb: 'left' }), {
        type: 'agent.left',
        data: { process: change.process, reason: 'missed its heartbeats' },
      });
      lost(change, 'its process missed its heartbeats');
    }
    timer = clock.after(BEAT_MS / 2, tick, true);
  };
  tick();

  const survey = (actor: Actor): void => {
    const warmIn = startedAt + WARM_BEATS * BEAT_MS - clock.monotonic();
    const tell = (): void => {
      const found = registry.attemptsOf(actor.id);
      actor.receive({ type: 'attempt.surveyed', run: actor.id, found, from: exchange.identity } as never);
    };
    if (warmIn <= 0) clock.soon(tell);
    else clock.after(warmIn, tell, true);
  };

  const beats: Subscription = exchange.serve(
    subjects.of('agentBeat', { process: '*' }),
    ({ message }) => {
      if (message.type === 'agent.beat') onBeat(message);
    },
    { local: false },
  );

  return {
    registry,
    custom(name, data, { actor, reply }) {
      if (name === 'place') void dispatcher.place(actor, data as { step: string; attempt: number; epoch: number });
      else if (name === 'record')
        dispatcher.record(
          data as { attempt: AttemptRef; role: string; instance: string; verdict: 'recorded' | 'stale_epoch' },
        );
      else if (name === 'self')
        clock.soon(() => actor.receive({ ...(data as object), from: exchange.identity } as never));
      else if (name === 'survey') survey(actor);
      else if (name === 'history' && reply !== undefined)
        void replyHistory(options.workflows(), actor, data as { fromSeq: number; limit: number }, reply);
    },
    stop() {
      timer?.cancel();
      beats.unsubscribe();
    },
  };
}

/** Answers with recorded events: the journal is replayed, its emits are the events. */
async function replyHistory(
  host: ActorHost | undefined,
  actor: Actor,
  { fromSeq, limit }: { fromSeq: number; limit: number },
  reply: NonNullable<CustomContext['reply']>,
): Promise<void> {
  const run = actor.id;
  const events = await host?.events({ run, shard: String(shardOf(run)) });
  const wanted = (events ?? []).filter((e) => (e.seq ?? 0) >= fromSeq);
  reply({ type: 'run.recorded', run, events: wanted.slice(0, limit), complete: wanted.length <= limit });
}
