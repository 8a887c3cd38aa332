/** The order for one attempt: what it is to do, on which version of the context, with which input. */
import {
  type AnyMessage,
  type AttemptRef,
  buildStepInput,
  INPUTS_ROOT,
  type MessageOf,
  TuttiError,
  type WorkflowJson,
} from '@tutti/contracts';
import type { Exchange, KernelPorts } from '@tutti/kernel';
import { contextPathsOf, graphOf } from '../run/graph.ts';
import type { RunContext } from '../run/model.ts';
import type { Snapshots } from './snapshots.ts';

/** How long the context store may take to answer, ms. */
const CONTEXT_READ_MS = 2_000;

type Order = MessageOf<'attempt.run'>;

/** Where the values of an order come from. */
export interface Source {
  readonly exchange: Exchange;
  readonly ports: KernelPorts;
  readonly snapshots: Snapshots;
}

interface View {
  readonly version: number;
  readonly values: Readonly<Record<string, WorkflowJson>>;
}

/**
 * Input and base are of one version of the context: of the view that came with the commit that let the step start, or of
 * one asked for now. Without a promise when nothing has to be asked.
 *
 * @throws TuttiError what the context store or the bus says.
 */
export function orderOf(source: Source, run: RunContext, ref: AttemptRef): Order | Promise<Order> {
  const step = graphOf(run.definition).step.get(ref.step);
  if (step === undefined) throw new TuttiError('internal_error', `Run ${run.run} has no step "${ref.step}"`);
  const paths = contextPathsOf(step);
  if (paths.length === 0) return build(run, ref, step, { version: run.version, values: {} });
  const known = source.snapshots.find(run.run, paths, run.version);
  if (known !== undefined) return build(run, ref, step, known);
  return read(source, run, paths).then((view) => build(run, ref, step, view));
}

async function read({ exchange, ports }: Source, run: RunContext, paths: readonly string[]): Promise<View> {
  const to = ports.subjects.of('context', { shard: run.shard, run: run.run });
  const question: AnyMessage = { type: 'context.read', run: run.run, paths: [...paths] };
  const { message } = await exchange.ask(to, question, CONTEXT_READ_MS);
  return message.type === 'context.snapshot' ? message : { version: run.version, values: {} };
}

function build(run: RunContext, ref: AttemptRef, step: StepOf, { version, values }: View): Order {
  const find = (path: string): WorkflowJson | undefined => values[path] ?? inputAt(run, path);
  return {
    type: 'attempt.run',
    ...ref,
    shard: run.shard,
    role: step.agent,
    idempotencyKey: `${run.run}/${ref.step}/${run.steps[ref.step]?.generation ?? 0}`,
    timeoutMs: step.timeoutMs,
    input: { ...run.inputs, ...buildStepInput(step, find) },
    base: version,
    resultPath: step.resultPath,
    reads: step.reads,
  };
}

type StepOf = RunContext['definition']['steps'][number];

/** The value of a run input such as `/inputs/idea`. */
function inputAt(run: RunContext, path: string): WorkflowJson | undefined {
  const keys = path.split('/').slice(1);
  if (keys[0] !== INPUTS_ROOT) return undefined;
  let at: unknown = run.inputs;
  for (const key of keys.slice(1)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at as WorkflowJson;
}
