/** Who is in the cluster, by what its nodes say of themselves: each tells all, and all listen. */
import type { Body, BrokerState, MessageOf, NodePool } from '@tutti/contracts';
import type { Exchange, KernelPorts } from '@tutti/kernel';

/** Between two beats of a node, ms. Source: nats.md, "Heartbeats": 1 a second ± 20 %. */
export const NODE_BEAT_MS = 1_000;
const JITTER = 0.2;
/** A node that said nothing for this long is not named any more: three beats, each as late as it may be. */
export const NODE_GONE_MS = 3 * NODE_BEAT_MS * (1 + JITTER);
/** Nodes remembered; a beat of one more is not heard. */
const MAX_NODES = 1_000;
/** Until versions of nodes differ. */
const VERSION = '0.1.0';

type Beat = Body<'node.beat'>;
export type NodeRow = MessageOf<'cluster.state'>['nodes'][number];

const byName = (a: NodeRow, b: NodeRow): number => (a.node < b.node ? -1 : 1);

/** The nodes that live, by their beats. Times are ms on the listener's monotonic clock. */
export class Roster {
  readonly #nodes = new Map<string, { readonly beat: Beat; readonly heardMs: number }>();

  hear(beat: Beat, nowMs: number): void {
    const known = this.#nodes.get(beat.node);
    // A beat that was overtaken says nothing; a process that takes an old name begins to count anew, but later.
    if (known !== undefined && beat.atMs < known.beat.atMs) return;
    if (beat.left) this.#nodes.delete(beat.node);
    else if (known !== undefined || this.#nodes.size < MAX_NODES) this.#nodes.set(beat.node, { beat, heardMs: nowMs });
  }

  /** The living, by name; who has been silent too long is forgotten. `seenMs` is the age of the last beat. */
  rows(nowMs: number): readonly NodeRow[] {
    for (const [name, { heardMs }] of this.#nodes) if (nowMs - heardMs > NODE_GONE_MS) this.#nodes.delete(name);
    return [...this.#nodes.values()]
      .map(({ beat: { node, roles, shards, version, broker, pool }, heardMs }) => {
        const row = { node, roles, shards, version, seenMs: Math.max(0, Math.round(nowMs - heardMs)) };
        return { ...row, ...(broker === undefined ? {} : { broker }), ...(pool === undefined ? {} : { pool }) };
      })
      .sort(byName);
  }
}

/** What a node says of itself now. */
export interface Self {
  readonly node: string;
  readonly roles: readonly string[];
  /** Shards that it owns, over all its roles. */
  shards(): number;
  /** Runs that it hosts. */
  runs(): number;
  /** What its writes meet of the broker; undefined when all is well. */
  broker(): BrokerState | undefined;
  /** The pool it was given; undefined when it never manages one. */
  pool(): NodePool | undefined;
}

export interface Beating {
  /** Every live node that was heard, and this one as it is now, by name: whoever is asked says the same. */
  nodes(): readonly NodeRow[];
  /** Says that this node leaves. */
  stop(): void;
}

export interface BeatingOptions {
  /** False when nobody else can be there to be heard and told. */
  readonly speaks: boolean;
  /** Somebody has left. */
  onLeft?(): void;
  /** Another node says which pool it was given. */
  onPool?(node: string, pool: NodePool): void;
}

export function startBeating(ports: KernelPorts, exchange: Exchange, self: Self, options: BeatingOptions): Beating {
  const { clock, random, subjects } = ports;
  const roster = new Roster();
  const to = subjects.of('nodeBeat', { node: self.node });
  let seq = 0;
  let timer: { cancel(): void } | undefined;
  const say = (left: boolean): void => {
    const { node, roles } = self;
    const load = { shards: self.shards(), runs: self.runs(), version: VERSION, ...met(self) };
    exchange.send(to, { type: 'node.beat', node, roles: [...roles], ...load, seq: seq++, atMs: clock.now(), left });
  };
  const beat = (): void => {
    say(false);
    timer = clock.after(NODE_BEAT_MS * (1 + JITTER * (2 * random.next() - 1)), beat, true);
  };
  const hear = (message: Beat): void => {
    roster.hear(message, clock.monotonic());
    if (message.node === self.node) return;
    if (message.left) options.onLeft?.();
    else if (message.pool !== undefined) options.onPool?.(message.node, message.pool);
  };
  const heard = options.speaks
    ? exchange.serve(
        subjects.of('nodeBeat', { node: '*' }),
        ({ message }) => {
          if (message.type === 'node.beat') hear(message);
        },
        { local: false },
      )
    : undefined;
  if (options.speaks) beat();
  return {
    nodes() {
      const me = {
        node: self.node,
        roles: [...self.roles],
        shards: self.shards(),
        version: VERSION,
        seenMs: 0,
        ...met(self),
      };
      const others = roster.rows(clock.monotonic()).filter(({ node }) => node !== self.node);
      return [me, ...others].sort(byName);
    },
    stop() {
      timer?.cancel();
      heard?.unsubscribe();
      if (options.speaks) say(true);
    },
  };
}

function met(self: Self): { readonly broker?: BrokerState; readonly pool?: NodePool } {
  const [broker, pool] = [self.broker(), self.pool()];
  return { ...(broker === undefined ? {} : { broker }), ...(pool === undefined ? {} : { pool }) };
}
