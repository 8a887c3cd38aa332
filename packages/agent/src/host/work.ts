/** Executes attempts for the instances of a process: gives the author's function its port, and takes what comes of it. */
import { type MessageOf, TuttiError, type WorkflowJson } from '@tutti/contracts';
import type { Exchange, KernelPorts } from '@tutti/kernel';
import type { AgentDefinition, AgentLog } from '../define.ts';
import { errorOf } from '../errors.ts';
import { type AttemptOrder, type AttemptResult, execute } from '../execute.ts';
import type { AgentOptions } from '../options.ts';
import { Prompts } from '../prompt/prompts.ts';
import { Abort } from './abort.ts';
import { Outputs } from './outputs.ts';
import type { StrayGuard } from './strays.ts';

const NOTE_CHARS = 500;

type Progress = (fraction: number, note?: string) => void;

/** Told to the instance that ordered the work. */
export interface WorkTold {
  prepared(): void;
  /** `isAwaited`: `settled` is to be called once it is known what has become of the result. */
  ended(result: AttemptResult, isAwaited: boolean): void;
}

export class Work {
  readonly #ports: KernelPorts;
  readonly #exchange: Exchange;
  readonly #options: AgentOptions;
  readonly #guard: StrayGuard | undefined;
  readonly #prompts: Prompts;
  readonly #outputs: Outputs;
  readonly #running = new Map<string, Abort>();

  constructor(ports: KernelPorts, exchange: Exchange, options: AgentOptions, guard?: StrayGuard) {
    this.#guard = guard;
    this.#ports = ports;
    this.#exchange = exchange;
    this.#options = options;
    this.#prompts = new Prompts(ports, options);
    this.#outputs = new Outputs(ports, options);
  }

  /** Starts once the present work is done, so that an author's function never holds up the answer to its order. */
  start(agent: AgentDefinition, order: AttemptOrder, by: { key: string; instance: string }, told: WorkTold): void {
    const abort = new Abort();
    this.#running.set(by.key, abort);
    this.#ports.clock.soon(() => {
      const work = (): Promise<AttemptResult> => this.#execute(agent, order, by, abort, told.prepared);
      const { role, run, step } = order;
      // What breaks here is no author's matter, and one attempt's alone.
      const broken = (error: unknown): AttemptResult => ({ status: 'failed', error: errorOf(error) });
      void (this.#guard?.run({ agent: role, run, step }, work) ?? work()).catch(broken).then((result) => {
        this.#running.delete(by.key);
        // Of an attempt that failed by a stray error something may still go on.
        if (result.status === 'failed') abort.abort(new TuttiError('agent_cancelled', 'The attempt has failed'));
        told.ended(result, this.#outputs.awaits(by.key));
      });
    });
  }

  /** What is known of a result by now: whether its run has taken it. */
  settled(key: string, isTaken: boolean): void {
    this.#outputs.settled(key, isTaken);
  }

  /** Aborts the signal of one attempt; the reason says what happened. */
  abort(key: string, reason: string): void {
    this.#running.get(key)?.abort(new TuttiError('agent_cancelled', `The attempt was stopped: ${reason}`));
  }

  async #execute(
    agent: AgentDefinition,
    order: AttemptOrder,
    { key, instance }: { readonly key: string; readonly instance: string },
    abort: Abort,
    prepared: () => void,
  ): Promise<AttemptResult> {
    const { clock, meter } = this.#ports;
    const startedAt = clock.monotonic();
    let report: Progress | undefined;
    const kept = this.#outputs.attempt(agent, order);
    const made = await execute(kept?.agent ?? agent, order, {
      abort,
      log: () => this.#logOf(order),
      read: (path) => this.#read(order, path, abort.signal),
      fill: (given) => this.#prompts.fill(given, abort),
      progress: (fraction, note) => {
        report ??= this.#progressOf(order, instance);
        report(fraction, note);
      },
      prepared,
    });
    const result = kept === undefined ? made : this.#outputs.made(key, kept, made);
    const isCached = result.status === 'succeeded' && result.cached === true;
    const labels = { role: order.role, outcome: isCached ? 'cached' : result.status };
    meter.counter('agent.attempts').add(1, labels);
    meter.histogram('agent.attempt.duration').record(clock.monotonic() - startedAt, labels);
    return result;
  }

  #logOf({ run, step, role, attempt }: AttemptOrder): AgentLog {
    const log = this.#ports.log.child({ run, step, role, attempt });
    return {
      debug: (message, fields = {}) => log.debug(fields, message),
      info: (message, fields = {}) => log.info(fields, message),
      warn: (message, fields = {}) => log.warn(fields, message),
      error: (message, fields = {}) => log.error(fields, message),
    };
  }

  /** Tries until the attempt ends: a context store that moves to another owner answers a little later. */
  async #read(order: AttemptOrder, path: string, signal: AbortSignal): Promise<WorkflowJson | undefined> {
    const { run, shard, base } = order;
    const to = this.#ports.subjects.of('context', { shard, run });
    const question: MessageOf<'context.read'> = { type: 'context.read', run, paths: [path], version: base };
    for (let waitMs = this.#options.readRetryMs; ; waitMs = Math.min(this.#options.readRetryMaxMs, waitMs * 2)) {
      signal.throwIfAborted();
      try {
        const { message } = await this.#exchange.ask(to, question, this.#options.readTimeoutMs);
        return message.type === 'context.snapshot' ? message.values[path] : undefined;
      } catch (error) {
        if (!TuttiError.from(error).retryable) throw error;
        await this.#pause(waitMs, signal);
      }
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#ports.clock.after(ms, done);
      function done(): void {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
    });
  }

  /** At most one message each `progressGapMs`; the end of the work is told by its outcome, not by this. */
  #progressOf(order: AttemptOrder, instance: string): Progress {
    const { run, step, attempt, epoch, shard, role } = order;
    const { clock, subjects } = this.#ports;
    const to = subjects.of('progress', { role, instance, shard, run });
    let next = Number.NEGATIVE_INFINITY;
    return (given, note) => {
      if (clock.monotonic() < next || !Number.isFinite(given)) return;
      next = clock.monotonic() + this.#options.progressGapMs;
      const fraction = Math.min(1, Math.max(0, given));
      const said = note === undefined ? {} : { note: String(note).slice(0, NOTE_CHARS) };
      this.#exchange.send(to, { type: 'attempt.progress', run, step, attempt, epoch, instance, fraction, ...said });
    };
  }
}
