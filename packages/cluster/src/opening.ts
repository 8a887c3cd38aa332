/**
 * Opens a new pool as soon as every live supervisor has said what its runs hold, instead of after a whole lease.
 *
 * The pool's node asks the supervisors which of their runs hold or want leases, and tells the pool. Only an answer for all
 * shards counts: a run that nobody has taken up yet may have work under way that nobody could announce.
 */
import { type MessageOf, SHARD_COUNT } from '@tutti/contracts';
import type { Actor, ActorHost, Exchange, KernelPorts } from '@tutti/kernel';
import type { RunContext } from '@tutti/supervisor';

/** Between two rounds of questions, ms. A pool that nobody answers opens by its own time. */
export const ASK_AGAIN_MS = 250;
/** How long a supervisor may take to answer, ms. */
const ANSWER_MS = 1_000;

export interface OpeningOptions {
  readonly pool: string;
  /** The host of the pool, owned here. */
  readonly pools: Pick<ActorHost, 'ensure'>;
  /** Names of the live supervisor nodes. */
  supervisors(): readonly string[];
  isOwned(): boolean;
}

/** Asks until the pool is open or no longer here. */
export function openPool(ports: KernelPorts, exchange: Exchange, options: OpeningOptions): void {
  const failed = (err: unknown): boolean => {
    ports.log.warn({ pool: options.pool, err }, 'a new pool could not ask the supervisors; this is tried again');
    return true;
  };
  const round = async (): Promise<void> => {
    if (!options.isOwned()) return;
    const goesOn = await ask(ports, exchange, options).catch(failed);
    if (goesOn) ports.clock.after(ASK_AGAIN_MS, () => void round(), true);
  };
  void round();
}

/** One round of questions; false when the pool is open. */
async function ask(ports: KernelPorts, exchange: Exchange, options: OpeningOptions): Promise<boolean> {
  const { pool } = options;
  const actor = await options.pools.ensure({ pool });
  if (actor === undefined || actor.snapshot?.value !== 'closed') return false;
  const holders = await holdersOf(ports, exchange, pool, options.supervisors());
  if (holders !== undefined) tell(actor, exchange, { type: 'pool.surveyed', pool, holders });
  return actor.snapshot.value === 'closed';
}

function tell(actor: Actor, { identity }: Exchange, message: MessageOf<'pool.surveyed'>): void {
  actor.receive({ ...message, from: identity } as never);
}

/** Runs that hold or want leases, of all shards; undefined while some supervisor or some shard is missing. */
async function holdersOf(
  { subjects }: KernelPorts,
  exchange: Exchange,
  pool: string,
  nodes: readonly string[],
): Promise<string[] | undefined> {
  const asked = nodes.map((node) =>
    exchange.ask(subjects.of('node', { node }), { type: 'node.holders', pool }, ANSWER_MS),
  );
  const answers = await Promise.allSettled(asked);
  const shards = new Set<number>();
  const holders: string[] = [];
  for (const answer of answers) {
    if (answer.status === 'rejected' || answer.value.message.type !== 'node.holding') return undefined;
    for (const shard of answer.value.message.shards) shards.add(shard);
    holders.push(...answer.value.message.holders);
  }
  return shards.size === SHARD_COUNT ? holders : undefined;
}

/**
 * What a supervisor node answers: the shards whose runs are all up, and the runs of it that hold or want leases. A run that
 * writes counts as one that holds: what it has given up by what is not written yet, its next owner would still hold.
 */
export function holding(taken: Iterable<number>, actors: Iterable<Actor>): MessageOf<'node.holding'> {
  const shards = new Set(taken);
  const holders: string[] = [];
  for (const actor of actors) {
    const { run = '', shard, phase, steps = [], kept = [] } = (actor.snapshot?.context ?? {}) as Partial<RunContext>;
    if (phase === undefined || phase === 'recovering') shards.delete(shard ?? Number(actor.params['shard']));
    else if (actor.busy || kept.length > 0 || steps.some(({ lease }) => lease !== undefined)) holders.push(run);
  }
  return { type: 'node.holding', shards: [...shards], holders };
}
