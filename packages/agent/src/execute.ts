/** Runs one attempt of one agent, purely against an interface: no bus, no machine, no clock. */
import type { Body, ContextWrite, ErrorBody, ValidationAnswer, WorkflowJson } from '@tutti/contracts';
import { withAsked } from './asked.ts';
import type { AgentDefinition, AgentLog, RunArgs } from './define.ts';
import { errorOf } from './errors.ts';
import { jsonCopy } from './json-copy.ts';
import { judge } from './judge.ts';
import { createWriteSet, type WriteSet } from './output/write-set.ts';
import { assertReadable } from './reads.ts';
import { validate } from './validate.ts';

/** What an instance was told to do. */
export type AttemptOrder = Body<'attempt.run'>;

export type AttemptResult =
  | {
      readonly status: 'succeeded';
      readonly writes: ContextWrite[];
      readonly inputBytes?: number;
      readonly cached?: true;
    }
  | ({ readonly status: 'validated' } & ValidationAnswer)
  | { readonly status: 'failed'; readonly error: ErrorBody };

export interface Filled {
  readonly order: AttemptOrder;
  /** The prompt as it was written. */
  readonly template?: string;
}

/** What an execution may ask of the world. */
export interface ExecutionPort {
  readonly abort: { readonly signal: AbortSignal; throwIfAborted(): void };
  /** Made when it is asked for: most attempts log nothing. */
  log(): AgentLog;
  /** Reads one allowed path at the order's base version. */
  read(path: string): Promise<WorkflowJson | undefined>;
  progress(fraction: number, note?: string): void;
  /** The order with its prompt filled in. @throws TuttiError `render_failed`, `render_timeout`. */
  fill(order: AttemptOrder): Promise<Filled>;
  /** The input is valid; the author's function is about to run. */
  prepared(): void;
}

/** Validates, runs, validates, collects the writes; or judges, when the order is a validation. Never rejects: whatever goes wrong is a failed result. */
export async function execute(
  agent: AgentDefinition,
  given: AttemptOrder,
  port: ExecutionPort,
): Promise<AttemptResult> {
  const writes = createWriteSet();
  try {
    const filled = given.template === undefined ? { order: given } : await port.fill(given);
    const { order } = filled;
    if (order.validation !== undefined) {
      return { status: 'validated', ...(await judge(agent, order, order.validation, port)) };
    }
    const input = await validate(agent.input, jsonCopy(order.input), 'bad_agent_input', 'input');
    port.abort.throwIfAborted();
    port.prepared();
    const running = agent.run(argsOf(input, filled, port, writes));
    // Counted while the function waits for whatever it waits for: nobody waits for the count.
    const inputBytes = bytesOf(order.input);
    const returned = await running;
    const result = await validate(agent.output, returned, 'bad_agent_output', 'result');
    writes.addResult(order.resultPath, result);
    return { status: 'succeeded', writes: [...writes.close()], inputBytes };
  } catch (thrown) {
    writes.close();
    return { status: 'failed', error: errorOf(thrown) };
  }
}

/** As it crosses the wire to people and tools: JSON in UTF-8. */
const bytesOf = (input: WorkflowJson): number => Buffer.byteLength(JSON.stringify(input));

const argsOf = (input: unknown, { order, template }: Filled, port: ExecutionPort, writes: WriteSet): RunArgs<unknown> =>
  withAsked(
    {
      input,
      context: {
        version: order.base,
        read: async (path: string) => jsonCopy(await port.read(assertReadable(path, order.reads))),
        set: (path: string, value: unknown) => writes.set(path, value),
        delete: (path: string) => writes.delete(path),
      },
      progress: (fraction: number, note?: string) => port.progress(fraction, note),
      attempt: order.attempt,
      idempotencyKey: order.idempotencyKey,
      epoch: order.epoch,
      run: order.run,
      step: order.step,
      ...(template === undefined ? {} : { template }),
    },
    port,
  );
