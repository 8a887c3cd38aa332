/**
 * The runs of all nodes. While a node is being replaced nobody has its runs: then the nodes are asked again until every shard was
 * answered for, as long as the caller can wait. What lacks after that is said, for a list that is silently short is a lie.
 */
import { type MessageOf, type RunRow, SHARD_COUNT } from '@tutti/contracts';
import type { Exchange, KernelPorts } from '@tutti/kernel';

/** Between two rounds of questions, ms. */
export const LIST_AGAIN_MS = 250;
/** How long one node may take to answer, ms. */
const ANSWER_MS = 1_000;
/** After this nobody is asked again, ms: a client waits 5 s for a call, and the last round takes up to one. */
export const LIST_MS = 3_500;
/** Silent nodes named. */
const MAX_NAMED = 64;

export interface ListingNode {
  readonly name: string;
  rows(limit: number): readonly RunRow[];
  /** Names of the live supervisor nodes, this one included. */
  nodes(): readonly string[];
  /** Shards whose runs are all here. */
  taken(): readonly number[];
}

type Listed = MessageOf<'run.listed'>;

/** What one round of questions found. */
interface Round {
  readonly runs: ReadonlyMap<string, RunRow>;
  readonly shards: ReadonlySet<number>;
  readonly silent: readonly string[];
}

export async function listRuns(
  ports: KernelPorts,
  exchange: Exchange,
  node: ListingNode,
  limit: number,
): Promise<Listed> {
  const { clock } = ports;
  const untilMs = clock.monotonic() + LIST_MS;
  for (;;) {
    // One more than is wanted: it says whether there are more.
    const round = await ask(ports, exchange, node, limit + 1);
    if (round.shards.size === SHARD_COUNT || clock.monotonic() + LIST_AGAIN_MS >= untilMs) return listed(round, limit);
    await new Promise<void>((resolve) => void clock.after(LIST_AGAIN_MS, resolve));
  }
}

function listed({ runs, shards, silent }: Round, limit: number): Listed {
  const all = [...runs.values()].sort((a, b) => b.submittedAtMs - a.submittedAtMs);
  const lacking = SHARD_COUNT - shards.size;
  return {
    ...{ type: 'run.listed', runs: all.slice(0, limit), more: all.length > limit },
    ...(lacking === 0 ? {} : { incomplete: { shards: lacking, nodes: silent.slice(0, MAX_NAMED) } }),
  };
}

async function ask({ subjects }: KernelPorts, exchange: Exchange, node: ListingNode, limit: number): Promise<Round> {
  const others = node.nodes().filter((name) => name !== node.name);
  const asked = others.map((name) =>
    exchange.ask(subjects.of('node', { node: name }), { type: 'node.runs', limit }, ANSWER_MS),
  );
  const answers = await Promise.allSettled(asked);
  const runs = new Map<string, RunRow>();
  const shards = new Set<number>();
  const silent: string[] = [];
  const take = (given: Pick<Listed, 'runs' | 'shards'>): void => {
    for (const row of given.runs) runs.set(row.run, row);
    for (const shard of given.shards ?? []) shards.add(shard);
  };
  for (const [index, answer] of answers.entries()) {
    const message = answer.status === 'fulfilled' ? answer.value.message : undefined;
    if (message?.type === 'run.listed') take(message);
    else silent.push(others[index] ?? '');
  }
  take(rowsOf(node, limit));
  return { runs, shards, silent };
}

/** What a node says of its own runs. */
export const rowsOf = (node: Pick<ListingNode, 'rows' | 'taken'>, limit: number): Pick<Listed, 'runs' | 'shards'> => {
  return { runs: [...node.rows(limit)], shards: [...node.taken()] };
};
