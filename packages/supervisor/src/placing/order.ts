/** The order for one attempt: what it is to do, on which version of the context, with which input. */
import {
  type AttemptRef,
  buildStepInput,
  INPUTS_ROOT,
  MAX_READS,
  type MessageOf,
  type ReadPath,
  TuttiError,
  type WorkflowJson,
} from '@tutti/contracts';
import type { Exchange, KernelPorts } from '@tutti/kernel';
import { contextPathsOf, graphOf, stepIn } from '../run/graph.ts';
import type { Judging } from '../run/judging.ts';
import type { RunContext } from '../run/model.ts';
import { promptOf } from './prompt.ts';
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

/** Page by page, all of the version of the first one. */
async function read(source: Source, run: RunContext, paths: readonly string[]): Promise<View> {
  const first = await readPage(source, run, paths.slice(0, MAX_READS));
  if (first.version < run.version) throw oldStore(run, first.version);
  const values = { ...first.values };
  for (let at = MAX_READS; at < paths.length; at += MAX_READS) {
    const page = await readPage(source, run, paths.slice(at, at + MAX_READS), first.version);
    Object.assign(values, page.values);
  }
  return { version: first.version, values };
}

async function readPage({ exchange, ports }: Source, run: RunContext, paths: string[], version?: number) {
  const to = ports.subjects.of('context', { shard: run.shard, run: run.run });
  const at = version === undefined ? {} : { version };
  const { message } = await exchange.ask(to, { type: 'context.read', run: run.run, paths, ...at }, CONTEXT_READ_MS);
  if (message.type !== 'context.snapshot')
    throw new TuttiError('bad_message', `The context of run ${run.run} answered a read with ${message.type}`);
  return message;
}

/** A store that lacks what this run has heard of was replaced and has not noticed yet. */
const oldStore = (run: RunContext, version: number): TuttiError =>
  new TuttiError('not_owner', `The context of run ${run.run} is at ${run.version}; who answered is at ${version}`);

function build(run: RunContext, ref: AttemptRef, step: StepOf, { version, values }: View): Order {
  const graph = graphOf(run.definition);
  const judging = graph.judgings.get(ref.step);
  const worked = judging === undefined ? step : (graph.step.get(judging.of) ?? step);
  const find = (path: string): WorkflowJson | undefined => values[path] ?? inputAt(run, path);
  return {
    type: 'attempt.run',
    ...ref,
    shard: run.shard,
    role: step.agent,
    idempotencyKey: `${run.run}/${ref.step}/${stepIn(run, ref.step)?.generation ?? 0}`,
    timeoutMs: step.timeoutMs,
    ...workOf(run, worked, find),
    base: version,
    resultPath: step.resultPath,
    reads: step.reads,
    ...(judging === undefined ? {} : { validation: validationOf(judging, find(worked.resultPath)) }),
  };
}

function workOf(run: RunContext, step: StepOf, find: ReadPath): Pick<Order, 'input' | 'template'> {
  const input = { ...run.inputs, ...buildStepInput(step, find) };
  return step.template === undefined ? { input } : promptOf(run, step, input, step.template);
}

const validationOf = ({ group, of }: Judging, output: WorkflowJson | undefined): NonNullable<Order['validation']> => ({
  ...{ group, of },
  ...(output === undefined ? {} : { output }),
});

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
