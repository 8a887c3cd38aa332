/** One attempt of an agent that declares `cache`: its `run` looks first whether the work was done before, and keeps what it does. */
import { exactJson } from '@tutti/cache';
import type { ContextWrite, WorkflowJson } from '@tutti/contracts';
import type { Clock } from '@tutti/kernel';
import type { AgentContext, AgentDefinition, RunArgs } from '../define.ts';
import type { AttemptOrder, AttemptResult } from '../execute.ts';
import { plainJson } from '../output/plain-json.ts';
import type { Kept, Outputs } from './outputs.ts';

/** What `run` receives of its attempt, and what it can only call. The rest is what it is asked. */
const NOT_ASKED: ReadonlySet<string> = new Set([
  ...['context', 'progress', 'log', 'signal', 'attempt', 'idempotencyKey', 'epoch', 'run', 'step'],
]);

type Args = RunArgs<unknown>;

export class KeptAttempt {
  /** To be executed instead of the one it is made of. */
  readonly agent: AgentDefinition;
  readonly #outputs: Outputs;
  readonly #clock: Clock;
  readonly #order: AttemptOrder;
  readonly #inner: AgentDefinition;
  /** By path, in the order in which they stand. */
  readonly #writes = new Map<string, ContextWrite>();
  #key: string | undefined;
  #isHit = false;
  #hasRead = false;
  #made: { readonly returned: string | undefined; readonly costMs: number } | undefined;
  #signal: AbortSignal | undefined;
  #endFlight: () => void = () => undefined;

  constructor(outputs: Outputs, clock: Clock, agent: AgentDefinition, order: AttemptOrder) {
    this.#outputs = outputs;
    this.#clock = clock;
    this.#inner = agent;
    this.#order = order;
    this.agent = { ...agent, run: (args: Args) => this.#run(args) };
  }

  /**
   * The result as it is told, and whether `end` is to be called once it is known what became of it. To be called once, with what came
   * of `agent`.
   */
  settle(result: AttemptResult): { readonly told: AttemptResult; readonly isGood: boolean } {
    const isGood = result.status === 'succeeded';
    if (!isGood) this.end(false);
    return { told: isGood && this.#isHit ? { ...result, cached: true } : result, isGood };
  }

  /** Its run has taken the result, or has no use for it. */
  end(isTaken: boolean): void {
    const [key, made] = [this.#key, this.#made];
    if (key !== undefined && this.#isHit && !isTaken) this.#outputs.forget(key);
    // A function that was stopped may return what it has so far.
    const isWhole = isTaken && !this.#hasRead && this.#signal?.aborted === false;
    if (key !== undefined && made !== undefined && isWhole)
      this.#outputs.keep(key, this.#inner, made.returned, [...this.#writes.values()], made.costMs);
    this.#endFlight();
  }

  async #run(args: Args): Promise<unknown> {
    const asked = plainOf(askedOf(args))?.value;
    if (asked === undefined) return this.#inner.run(args);
    const key = this.#outputs.keyOf(this.#inner, asked);
    this.#key = key;
    const same = this.#outputs.sameWork(key, this.#order, args.signal);
    if (same !== undefined) await same;
    args.signal.throwIfAborted();
    const kept = this.#outputs.find(key, this.#order);
    if (kept === undefined) return this.#work(key, args);
    this.#isHit = true;
    return written(kept, args.context);
  }

  async #work(key: string, args: Args): Promise<unknown> {
    const end = this.#outputs.begin(key);
    this.#endFlight = end;
    this.#signal = args.signal;
    args.signal.addEventListener('abort', end, { once: true });
    const startedAt = this.#clock.monotonic();
    const returned = await this.#inner.run(Object.assign(args, { context: this.#watched(args.context) }));
    const costMs = this.#clock.monotonic() - startedAt;
    const plain = plainOf(returned);
    if (plain === undefined) return returned;
    // As text at once: the schema of the result may change what it is given.
    this.#made = { returned: plain.value === undefined ? undefined : exactJson(plain.value), costMs };
    return plain.value;
  }

  /** Notes what is written, and that something is read: what was read may be another thing the next time. */
  #watched(context: AgentContext): AgentContext {
    return {
      version: context.version,
      read: (path) => {
        this.#hasRead = true;
        // Nobody is to wait for what will not be kept.
        this.#endFlight();
        return context.read(path);
      },
      set: (path, value) => {
        context.set(path, value);
        this.#note({ op: 'set', path, value: plainJson(value, `context.set(${path})`) });
      },
      delete: (path) => {
        context.delete(path);
        this.#note({ op: 'delete', path });
      },
    };
  }

  #note(write: ContextWrite): void {
    this.#writes.delete(write.path);
    this.#writes.set(write.path, write);
  }
}

/** What the schema made of the input, and whatever else is given beside it: not the order, whose prompt is a template still. */
function askedOf(args: Args): object {
  const asked = Object.keys(args).filter((key) => !NOT_ASKED.has(key));
  const all = asked.map((key) => [key, (args as unknown as Record<string, unknown>)[key]] as const);
  return Object.fromEntries(all.filter(([, value]) => typeof value !== 'function'));
}

function written({ returned, writes }: Kept, context: AgentContext): WorkflowJson | undefined {
  for (const write of writes) {
    if (write.op === 'set') context.set(write.path, write.value);
    else context.delete(write.path);
  }
  return returned;
}

/** As JSON, which is the same for the first and every later one; undefined where it is none, and nothing can be kept. */
function plainOf(given: unknown): { readonly value: WorkflowJson | undefined } | undefined {
  if (given === undefined) return { value: undefined };
  try {
    return { value: plainJson(given, 'value') };
  } catch {
    return undefined;
  }
}
