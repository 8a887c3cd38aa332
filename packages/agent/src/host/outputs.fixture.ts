/** Attempts of an agent that declares `cache`, in a process of their own whose run takes what they make, or does not. */
import type { WorkflowJson } from '@tutti/contracts';
import { type KernelPorts, systemClock } from '@tutti/kernel';
import { type AgentDefinition, type AgentSpec, defineAgent, type RunArgs } from '../define.ts';
import { type AttemptOrder, type AttemptResult, execute } from '../execute.ts';
import { Abort } from './abort.ts';
import { Outputs } from './outputs.ts';

const nothing = (): void => undefined;
/** Nobody looks at what is measured. */
const meter = {
  ...{ counter: () => ({ add: nothing }), gauge: () => ({ set: nothing }) },
  histogram: () => ({ record: nothing }),
} as KernelPorts['meter'];
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
let orders = 0;

/** Each is of another step; what it asks is the same unless `over` says otherwise. */
export function order(over: Partial<AttemptOrder> = {}): AttemptOrder {
  orders += 1;
  const step = `s${orders}`;
  return {
    ...{
      run: `r${orders % 2}`,
      step,
      attempt: 1,
      epoch: orders,
      shard: 3,
      role: 'writer',
      idempotencyKey: `r/${step}`,
    },
    ...{ timeoutMs: 10_000, input: { topic: 'cats' }, base: orders, reads: [], resultPath: `/${step}` },
    ...over,
  };
}

export const outputsOf = (over: { outputCacheBytes?: number; outputCacheTtlMs?: number } = {}): Outputs =>
  new Outputs({ clock: systemClock, meter }, { outputCacheBytes: 1_000_000, ...over } as never);

/** An agent that counts its calls, in a process with a cache. */
export function world(
  run: (args: RunArgs, call: number) => unknown,
  spec: Partial<AgentSpec> = {},
  outputs = outputsOf(),
) {
  let calls = 0;
  const count = (args: RunArgs): unknown => run(args, ++calls);
  const agentOf = (more: Partial<AgentSpec> = {}): AgentDefinition =>
    defineAgent({ name: 'writer', cache: true, ...spec, ...more, run: count } as AgentSpec) as AgentDefinition;
  const agent = agentOf();
  const attempt = async (over: Partial<AttemptOrder> = {}, { abort = new Abort(), of = agent, taken = true } = {}) => {
    const given = order(over);
    const kept = outputs.attempt(of, given);
    const read = async (path: string): Promise<WorkflowJson> => `value of ${path}`;
    const fill = async (unfilled: AttemptOrder) => ({ order: unfilled });
    const port = { abort, log: () => silent, read, progress: nothing, prepared: nothing, fill };
    const made = await execute(kept?.agent ?? of, given, port);
    if (kept === undefined) return made;
    const told = outputs.made(given.step, kept, made);
    outputs.settled(given.step, taken);
    return told;
  };
  return { attempt, agentOf, calls: () => calls };
}

export const written = (result: AttemptResult): Record<string, unknown> =>
  Object.fromEntries(
    result.status !== 'succeeded'
      ? []
      : result.writes.map((write) => [write.path.replace(/^\/s\d+/, ''), write.op === 'set' ? write.value : 'deleted']),
  );
export const isCached = (result: AttemptResult): boolean => result.status === 'succeeded' && result.cached === true;
