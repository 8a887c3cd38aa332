/** What an agent author writes, and the definition that comes of it. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  type AgentCache,
  agentCache,
  INPUTS_ROOT,
  isWorkflowId,
  TuttiError,
  type WorkflowJson,
} from '@tutti/contracts';

/** The version of the context that an attempt sees, and what it wants to change there. */
export interface AgentContext {
  /** Version of the context that this attempt reads, from start to end. */
  readonly version: number;
  /**
   * The value at a JSON pointer (`/pm/user_stories`) in that version; undefined where nothing stands. It does not see
   * this attempt's own `set` and `delete`.
   * @throws TuttiError `not_allowed` when the path is outside what the step may read.
   */
  read(path: string): Promise<WorkflowJson | undefined>;
  /** Sets a value when, and only when, this attempt succeeds. The value must be plain JSON; a copy is taken. */
  set(path: string, value: unknown): void;
  /** Deletes a value when, and only when, this attempt succeeds. */
  delete(path: string): void;
}

/** Lines for operators, with plain data beside them. */
export type AgentLogLine = (message: string, fields?: Readonly<Record<string, unknown>>) => void;
export type AgentLog = Readonly<Record<'debug' | 'info' | 'warn' | 'error', AgentLogLine>>;

/** What `run` receives. */
export interface RunArgs<Input = AgentInput> {
  readonly input: Input;
  /** The step's prompt as the workflow has it, where `input.prompt` is what came of it; absent where it has none. */
  readonly template?: string;
  readonly context: AgentContext;
  /** How far the work is, from 0 to 1. May be called often; at most ten a second are sent. */
  readonly progress: (fraction: number, note?: string) => void;
  readonly log: AgentLog;
  /** Aborted at the time-out, on a cancel and when the process has to leave. Pass it on. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt of the step, 2 after one retry. */
  readonly attempt: number;
  /** The same for every attempt of one step of one run: give it to the outside, so that it can ignore repetitions. */
  readonly idempotencyKey: string;
  /** Greater for each later attempt of the step, whoever owns the run: a store that refuses a smaller one is fenced by it. */
  readonly epoch: number;
  readonly run: string;
  readonly step: string;
}

/** What `validate` receives: what another agent was given and what it made of that, at one version of the context. */
export interface ValidateArgs {
  /** The step whose result is judged. */
  readonly of: string;
  /** The group after whose join that is done. */
  readonly group: string;
  /** The result; undefined where the step wrote none. */
  readonly output: WorkflowJson | undefined;
  /** What the judged step takes, not what this agent does: no schema of this agent looks at it. */
  readonly input: AgentInput;
  /** Nothing can be written: a validation changes nothing. */
  readonly context: Pick<AgentContext, 'version' | 'read'>;
  readonly log: AgentLog;
  /** Aborted when the time of the validation is over, on a cancel and when the process has to leave. Pass it on. */
  readonly signal: AbortSignal;
  readonly attempt: number;
  readonly run: string;
  /** What the validation is called in logs and leases; no step is called so. */
  readonly step: string;
  readonly idempotencyKey: string;
  readonly epoch: number;
}

/** One thing that is to be said of what was judged. */
export interface Finding {
  /** A JSON pointer into the output, such as `/user_stories/0`. */
  readonly path?: string;
  readonly message: string;
  readonly severity: 'error' | 'warning' | 'info';
}

/** A verdict. It is told to people and changes no outcome. */
export interface Judgement {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

/** Input of an agent that declares no schema. */
export type AgentInput = { readonly [key: string]: WorkflowJson | undefined };

type In<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : AgentInput;
type Out<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferInput<S> : unknown;

export interface AgentSpec<
  I extends StandardSchemaV1 | undefined = undefined,
  O extends StandardSchemaV1 | undefined = undefined,
> {
  /** The name that workflow files use; its results stand in the context under it. */
  readonly name: string;
  readonly description?: string;
  /** Any Standard Schema (zod, valibot, arktype …); `run` receives what it makes of the input. */
  readonly input?: I;
  /** Any Standard Schema; what it makes of the returned value is written. */
  readonly output?: O;
  /**
   * Says that what `run` makes follows from its input alone, and from nothing of its run, step, attempt or context version, and that
   * nothing but its result matters. The same input is then not worked on twice by one process: its result is given again. A run that
   * reads the context is never given again. `version`: change it with the work where the process lives on. `ttlMs`: how long a result may
   * be given again; else as long as the process lives. Default: false, for agents may do things.
   */
  readonly cache?: AgentCache;
  /**
   * Does the work. The keys of the returned object become the context values `/<name>/<key>`; any other value becomes
   * `/<name>/result`; undefined writes nothing. Where several steps share an agent, the step's id stands for the name.
   * Whatever it throws fails the attempt (see `fatal`).
   */
  run(args: RunArgs<In<I>>): Out<O> | Promise<Out<O>>;
  /**
   * Judges what another agent made, where a group's `cross_validation` names this one. Without it a validation is reported as
   * skipped. What it throws makes the validation `errored`, after the retries of the agent's own step.
   */
  validate?(args: ValidateArgs): Judgement | Promise<Judgement>;
}

/** Marks definitions across copies of this package: a plain `instanceof` would refuse agents of another copy. */
const AGENT = Symbol.for('tutti.agent');

export interface AgentDefinition<Input = unknown, Output = unknown> {
  readonly name: string;
  readonly description?: string | undefined;
  readonly input?: StandardSchemaV1<unknown, Input> | undefined;
  readonly output?: StandardSchemaV1 | undefined;
  readonly cache?: AgentCache | undefined;
  run(args: RunArgs<Input>): Output | Promise<Output>;
  validate?(args: ValidateArgs): Judgement | Promise<Judgement>;
}

/**
 * Defines an agent: a name and a function.
 * @throws TuttiError `bad_agent_file` when the name cannot be an agent's or `run` is no function.
 */
export function defineAgent<
  I extends StandardSchemaV1 | undefined = undefined,
  O extends StandardSchemaV1 | undefined = undefined,
>(spec: AgentSpec<I, O>): AgentDefinition<In<I>, Out<O>> {
  const { name } = spec;
  if (typeof name !== 'string') {
    const keys = Object.keys(spec).join(', ') || 'nothing';
    throw new TuttiError('bad_agent_file', `An agent has no name: \`defineAgent({ name, run })\` was given ${keys}`);
  }
  if (!isWorkflowId(name) || name === INPUTS_ROOT) {
    const why = `must be 1–64 letters, digits, "_" or "-", and not a reserved word such as "${INPUTS_ROOT}"`;
    throw new TuttiError('bad_agent_file', `The agent name ${JSON.stringify(name)} ${why}`);
  }
  if (typeof spec.run !== 'function') {
    throw new TuttiError('bad_agent_file', `The agent "${name}" has no function \`run\``);
  }
  if (spec.validate !== undefined && typeof spec.validate !== 'function') {
    throw new TuttiError('bad_agent_file', `The \`validate\` of the agent "${name}" is no function`);
  }
  if (spec.cache !== undefined && !agentCache.safeParse(spec.cache).success) {
    const what = 'true, false or { version, ttlMs }, the version a text of at most 64 characters, the time above 0';
    throw new TuttiError('bad_agent_file', `The \`cache\` of the agent "${name}" is not ${what}`);
  }
  for (const part of ['input', 'output'] as const) {
    if (spec[part] !== undefined && typeof spec[part]['~standard']?.validate !== 'function') {
      throw new TuttiError('bad_agent_file', `The ${part} of the agent "${name}" is no Standard Schema (zod is one)`);
    }
  }
  return Object.freeze({ ...spec, [AGENT]: true }) as unknown as AgentDefinition<In<I>, Out<O>>;
}

/** Whether a value was made by `defineAgent` or `commandAgent`. */
export const isAgent = (value: unknown): value is AgentDefinition =>
  typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[AGENT] === true;
