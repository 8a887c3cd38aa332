/** The door of the cluster: takes API calls, plans submissions, passes everything about a run on to its owner. */
import { type AnyMessage, apiVerb, type MessageOf, type RunRow, shardOf, TuttiError } from '@tutti/contracts';
import type { Exchange, Incoming, KernelPorts } from '@tutti/kernel';
import { planWorkflow } from '@tutti/planner';
import { LRUCache } from 'lru-cache';

/** How long the owner of a run may take to answer a call that was passed on, ms. */
const FORWARD_MS = 5_000;
/** Plans kept by definition: resubmitting a workflow does not plan it again. */
const MAX_PLANS = 256;

export interface ApiNode {
  rows(limit: number): readonly RunRow[];
  /** Names of the live supervisor nodes, this one included. */
  nodes(): readonly string[];
  readonly name: string;
  describe(): MessageOf<'cluster.state'>;
}

const FORWARDED = ['run.cancel', 'run.status', 'run.events'] as const;

export function serveApi(ports: KernelPorts, exchange: Exchange, node: ApiNode): () => void {
  const plans = new LRUCache<string, ReturnType<typeof planWorkflow>>({ max: MAX_PLANS });
  const workflowOf = (run: string): string => ports.subjects.of('workflow', { shard: shardOf(run), run });

  const plan = (definition: MessageOf<'run.submit'>['definition']): ReturnType<typeof planWorkflow> => {
    const key = JSON.stringify(definition);
    const known = plans.get(key);
    if (known !== undefined) return known;
    const made = planWorkflow(definition);
    plans.set(key, made);
    return made;
  };

  const forward = async (to: string, message: AnyMessage): Promise<AnyMessage> =>
    (await exchange.ask(to, message, FORWARD_MS)).message;

  const submit = (message: MessageOf<'run.submit'>): Promise<AnyMessage> => {
    const { run, definition, inputs } = message;
    return forward(workflowOf(run), { type: 'workflow.start', run, definition, plan: plan(definition), inputs });
  };

  const list = async (limit: number): Promise<AnyMessage> => {
    const others = node.nodes().filter((n) => n !== node.name);
    const asked = others.map((n) => forward(ports.subjects.of('node', { node: n }), { type: 'node.runs', limit }));
    const answers = await Promise.allSettled(asked);
    const rows = answers.flatMap((a) =>
      a.status === 'fulfilled' && a.value.type === 'run.listed' ? a.value.runs : [],
    );
    const all = [...node.rows(limit), ...rows].sort((a, b) => b.submittedAtMs - a.submittedAtMs);
    return { type: 'run.listed', runs: all.slice(0, limit), more: all.length > limit };
  };

  const answer = (message: AnyMessage): Promise<AnyMessage> | AnyMessage => {
    switch (message.type) {
      case 'run.submit':
        return submit(message);
      case 'run.cancel':
      case 'run.status':
      case 'run.events':
        return forward(workflowOf(message.run), message);
      case 'run.context': {
        const { run, paths, version } = message;
        const at = version === undefined ? {} : { version };
        return forward(ports.subjects.of('context', { shard: shardOf(run), run }), {
          type: 'context.read',
          run,
          paths,
          ...at,
        });
      }
      case 'run.list':
        return list(message.limit);
      case 'cluster.describe':
        return node.describe();
      default:
        throw new TuttiError('unexpected_event', `${message.type} is no API call`);
    }
  };

  const handle = (incoming: Incoming): void => {
    const failed = (error: unknown): void =>
      incoming.reply?.({ type: 'error', error: TuttiError.from(error).toData() });
    Promise.resolve()
      .then(() => answer(incoming.message))
      .then((message) => incoming.reply?.(message), failed);
  };

  const verbs = [...FORWARDED, 'run.submit', 'run.context', 'run.list', 'cluster.describe'] as const;
  const subscriptions = verbs.map((type) =>
    exchange.serve(ports.subjects.of('api', { verb: apiVerb(type) }), handle, { queue: 'api' }),
  );
  const own = exchange.serve(ports.subjects.of('node', { node: node.name }), ({ message, reply }) => {
    if (message.type === 'node.runs') reply?.({ type: 'run.listed', runs: [...node.rows(message.limit)], more: false });
  });
  return () => {
    for (const subscription of [...subscriptions, own]) subscription.unsubscribe();
  };
}
