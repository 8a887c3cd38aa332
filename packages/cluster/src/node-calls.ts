/** What a node answers other nodes. */
import { type AnyMessage, type MessageOf, type RunRow, TuttiError } from '@tutti/contracts';
import type { Exchange, Incoming, KernelPorts } from '@tutti/kernel';
import { rowsOf } from './listing.ts';

export interface AskedNode {
  readonly name: string;
  rows(limit: number): readonly RunRow[];
  taken(): readonly number[];
  holding(): MessageOf<'node.holding'>;
  /** Lets go of a run that is being purged; `done`: that is over. */
  forget(run: string, done: boolean): Promise<void>;
}

/** Serves the subject of the node; returns the way to stop. */
export function serveNode(ports: Pick<KernelPorts, 'subjects'>, exchange: Exchange, node: AskedNode): () => void {
  const failed = ({ reply }: Incoming, error: unknown): void =>
    reply?.({ type: 'error', error: TuttiError.from(error).toData() });
  const served = exchange.serve(ports.subjects.of('node', { node: node.name }), (incoming) => {
    answer(node, incoming.message).then(
      (message) => message !== undefined && incoming.reply?.(message),
      (error) => failed(incoming, error),
    );
  });
  return () => served.unsubscribe();
}

async function answer(node: AskedNode, message: AnyMessage): Promise<AnyMessage | undefined> {
  if (message.type === 'node.holders') return node.holding();
  if (message.type === 'node.runs') return { type: 'run.listed', ...rowsOf(node, message.limit), more: false };
  if (message.type !== 'node.forget') return undefined;
  await node.forget(message.run, message.done);
  return { type: 'node.forgotten', run: message.run };
}
