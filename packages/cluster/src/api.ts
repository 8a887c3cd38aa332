/** The door of the cluster: takes API calls, plans submissions, passes everything about a run on to its owner. */
import {
  type AnyMessage,
  apiVerb,
  completeInputs,
  type MessageOf,
  type Plan,
  type PoolSpec,
  poolDifferences,
  poolFor,
  shardOf,
  TuttiError,
  type WorkflowDefinition,
} from '@tutti/contracts';
import type { Exchange, Incoming, KernelPorts } from '@tutti/kernel';
import { planWorkflow } from '@tutti/planner';
import { LRUCache } from 'lru-cache';
import { firstVersionOf } from './first-version.ts';
import { answerLetterCall, LETTER_CALLS } from './letters/calls.ts';
import type { Letters } from './letters/store.ts';
import { type ListingNode, listRuns } from './listing.ts';

/** How long the owner of a run may take to answer a call that was passed on, ms. */
const FORWARD_MS = 5_000;
/** Plans kept by definition: resubmitting a workflow does not plan it again. */
const MAX_PLANS = 256;

type Planned = Pick<MessageOf<'workflow.start'>, 'definition' | 'plan'>;

export interface ApiNode extends ListingNode {
  describe(): MessageOf<'cluster.state'>;
  /** The pool that the cluster has, as far as it is known. */
  pool(): PoolSpec | undefined;
}

const FORWARDED = [
  'run.cancel',
  'run.pause',
  'run.resume',
  'run.retry',
  'run.approve',
  'run.signal',
  'run.resolve',
  'run.purge',
  'run.status',
  'run.describe',
  'run.events',
] as const;

export function serveApi(ports: KernelPorts, exchange: Exchange, node: ApiNode, letters: Letters): () => void {
  const api = new Api(ports, exchange, node, letters);
  const verbs = [...FORWARDED, ...LETTER_CALLS, 'run.submit', 'run.context', 'run.list', 'cluster.describe'] as const;
  const subscriptions = verbs.map((type) => {
    const subject = ports.subjects.of('api', { verb: apiVerb(type) });
    return exchange.serve(subject, (incoming) => api.handle(incoming), { queue: 'api' });
  });
  return () => {
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
}

class Api {
  readonly #ports: KernelPorts;
  readonly #exchange: Exchange;
  readonly #node: ApiNode;
  readonly #letters: Letters;
  readonly #plans = new LRUCache<string, Planned>({ max: MAX_PLANS });

  constructor(ports: KernelPorts, exchange: Exchange, node: ApiNode, letters: Letters) {
    this.#ports = ports;
    this.#exchange = exchange;
    this.#node = node;
    this.#letters = letters;
  }

  handle({ message, reply, id }: Incoming): void {
    const failed = (error: unknown): void => reply?.({ type: 'error', error: TuttiError.from(error).toData() });
    void this.#answer(message, id).then((answer) => reply?.(answer), failed);
  }

  async #answer(message: AnyMessage, id: string | undefined): Promise<AnyMessage> {
    switch (message.type) {
      case 'run.submit':
        return this.#submit(message);
      case 'run.cancel':
      case 'run.pause':
      case 'run.resume':
      case 'run.retry':
      case 'run.approve':
      case 'run.signal':
      case 'run.resolve':
      case 'run.purge':
      case 'run.status':
      case 'run.describe':
      case 'run.events':
        return this.#forward(this.#workflowOf(message.run), message, id);
      case 'run.context':
        return this.#context(message);
      case 'run.list':
        return listRuns(this.#ports, this.#exchange, this.#node, message.limit);
      case 'cluster.describe':
        return this.#node.describe();
      case 'letter.list':
      case 'letter.show':
      case 'letter.retry':
      case 'letter.drop':
        return answerLetterCall(this.#letters, { bus: this.#ports.bus, takeUp: (run) => this.#status(run) }, message);
      default:
        throw new TuttiError('unexpected_event', `${message.type} is no API call`);
    }
  }

  /** Whoever is asked how a run stands has to take it up. */
  #status(run: string): Promise<AnyMessage> {
    return this.#forward(this.#workflowOf(run), { type: 'run.status', run });
  }

  /** A store that knows no such context may never have written it down: then the run says what it began with. */
  async #context(message: MessageOf<'run.context'>): Promise<AnyMessage> {
    const { run, paths, version } = message;
    const at = version === undefined ? {} : { version };
    const to = this.#ports.subjects.of('context', { shard: shardOf(run), run });
    try {
      return await this.#forward(to, { type: 'context.read', run, paths, ...at });
    } catch (error) {
      if (TuttiError.from(error).code !== 'unknown_run') throw error;
      const view = await this.#status(run);
      const first = view.type === 'run.state' ? firstVersionOf(view, message) : undefined;
      if (first === undefined) throw error;
      return first;
    }
  }

  #workflowOf(run: string): string {
    return this.#ports.subjects.of('workflow', { shard: shardOf(run), run });
  }

  /** `id`: of an order that is passed on: one that comes twice, to whichever nodes, is taken once. */
  async #forward(to: string, message: AnyMessage, id?: string): Promise<AnyMessage> {
    return (await this.#exchange.ask(to, message, FORWARD_MS, id)).message;
  }

  async #submit({ run, definition, inputs }: MessageOf<'run.submit'>): Promise<AnyMessage> {
    const pool = this.#node.pool();
    const key = JSON.stringify([definition, pool]);
    // Runs of one workflow share its definition, and with that what is derived from it (see the supervisor's `graphOf`).
    const planned = this.#plans.get(key) ?? { definition, plan: planFor(definition, pool) };
    this.#plans.set(key, planned);
    const complete = completeInputs(definition, inputs);
    const shared = pool === undefined ? {} : { pool: poolFor(definition.pool, pool) };
    return this.#forward(this.#workflowOf(run), {
      type: 'workflow.start',
      run,
      ...planned,
      inputs: complete,
      ...shared,
    });
  }
}

/** The plan under the cluster's pool, which is the one that the run will have, whatever its file says. */
function planFor(definition: WorkflowDefinition, cluster: PoolSpec | undefined): Plan {
  if (cluster === undefined) return planWorkflow(definition);
  const pool = poolFor(definition.pool, cluster);
  if (poolDifferences(pool, definition.pool).length === 0) return planWorkflow(definition);
  try {
    return planWorkflow(definition, { pool });
  } catch (error) {
    const refused = TuttiError.from(error);
    if (refused.code !== 'unplannable') throw error;
    const why = `${refused.message} (the pool of the cluster holds, not that of the file)`;
    throw new TuttiError('unplannable', why, {
      cause: error,
      ...(refused.details === undefined ? {} : { details: refused.details }),
    });
  }
}
