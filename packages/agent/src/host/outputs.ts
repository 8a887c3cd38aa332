/**
 * What agents of this process made of an input that they had before: the specification's `agent_output_cache`. Only of agents that
 * declare `cache`; the attempt is otherwise like any other: its input and its result are checked, its outcome is told and committed.
 *
 * Invariants, held by `outputs.test.ts`:
 *  1. Kept is what passed the agent's own schema as plain JSON, and what its run has taken: no failure, nothing that lacks what its step
 *     declares, nothing of an attempt that was stopped, nothing of one that read the context.
 *  2. The key is all that the function is given but whose attempt it is, to the order of keys; what is no JSON has no key.
 *  3. A second attempt of a step does the work itself: what was kept may be what was wrong with the first. What it makes takes its place.
 *  4. Who waits for the same work of another attempt waits until that is taken or over; what is left of its own time at the end is for a
 *     try of its own.
 */
import { decode, encode, type Body as Packed } from '@tutti/bus';
import { agentOutputKey, type Cache, createCache, exactJson } from '@tutti/cache';
import type { ContextWrite, WorkflowJson } from '@tutti/contracts';
import type { KernelPorts } from '@tutti/kernel';
import type { AgentDefinition } from '../define.ts';
import type { AttemptOrder, AttemptResult } from '../execute.ts';
import type { AgentOptions } from '../options.ts';
import { KeptAttempt } from './kept-attempt.ts';

/** Characters of one result as JSON text; what is larger is made anew each time. It unpacks to less than a body may. */
export const MAX_KEPT_CHARS = 16 * 1024 * 1024;

/**
 * Share of its time-out for which an attempt waits for the same work elsewhere. Whoever began it first is further with it at any time:
 * to begin anew before is of use only where the first one hangs, and what is done often is short.
 */
const WAIT_SHARE = 0.9;

/** What an agent returned, and what it wrote beside that. */
export interface Kept {
  readonly returned: WorkflowJson | undefined;
  readonly writes: readonly ContextWrite[];
}

/** Work of one key that goes on: one for each attempt under way at the most. */
interface Flight {
  readonly over: Promise<void>;
  readonly end: () => void;
}

const LABELS = { cache: 'agent_output' };

export class Outputs {
  readonly #ports: Pick<KernelPorts, 'clock' | 'meter'>;
  readonly #ttlMs: number | undefined;
  readonly #cache: Cache<Packed> | undefined;
  readonly #flights = new Map<string, Flight>();
  /** Results that are told and not taken yet, by the attempt: one for each instance that reports. */
  readonly #told = new Map<string, KeptAttempt>();

  constructor(
    ports: Pick<KernelPorts, 'clock' | 'meter'>,
    { outputCacheBytes, outputCacheTtlMs }: Pick<AgentOptions, 'outputCacheBytes' | 'outputCacheTtlMs'>,
  ) {
    this.#ports = ports;
    this.#ttlMs = outputCacheTtlMs;
    if (outputCacheBytes === 0) return;
    this.#cache = createCache<Packed>({
      name: 'agent_output',
      maxBytes: outputCacheBytes,
      ttlMs: 'session_lifetime',
      now: () => ports.clock.monotonic(),
      sizeOf: ({ data }) => data.length,
    });
  }

  /** The agent to execute instead, which does its work only where it has to; undefined where this one's is always done. */
  attempt(agent: AgentDefinition, order: AttemptOrder): KeptAttempt | undefined {
    const isKept = agent.cache !== undefined && agent.cache !== false && order.validation === undefined;
    return isKept && this.#cache !== undefined ? new KeptAttempt(this, this.#ports.clock, agent, order) : undefined;
  }

  /** What came of an attempt, named `own`; the result as it is to be told. What is good is kept once its run has taken it. */
  made(own: string, attempt: KeptAttempt, result: AttemptResult): AttemptResult {
    const { told, isGood } = attempt.settle(result);
    if (isGood) this.#told.set(own, attempt);
    return told;
  }

  /** Whether `settled` is to be called for an attempt. */
  awaits(own: string): boolean {
    return this.#told.has(own);
  }

  /** The run has taken a result, or it is not wanted any more. */
  settled(own: string, isTaken: boolean): void {
    const attempt = this.#told.get(own);
    this.#told.delete(own);
    attempt?.end(isTaken);
  }

  /** `asked`: what the function is given. */
  keyOf({ name, cache }: AgentDefinition, asked: WorkflowJson): string {
    const version = typeof cache === 'object' ? (cache.version ?? null) : null;
    return agentOutputKey(name, [version, asked]);
  }

  /** Resolves when it is no use to wait any longer for the same work of another attempt; undefined when there is none. */
  sameWork(key: string, { attempt, timeoutMs }: AttemptOrder, signal: AbortSignal): Promise<void> | undefined {
    const flight = attempt > 1 || this.#cache?.has(key) === true ? undefined : this.#flights.get(key);
    return flight === undefined ? undefined : this.#wait(flight, timeoutMs * WAIT_SHARE, signal);
  }

  /** What was made before. Who finds nothing begins in the same breath, or two would. */
  find(key: string, { attempt }: AttemptOrder): Kept | undefined {
    const packed = attempt > 1 ? undefined : this.#cache?.get(key);
    this.#ports.meter.counter(packed === undefined ? 'cache.misses' : 'cache.hits').add(1, LABELS);
    return packed === undefined ? undefined : unpack(packed);
  }

  /** The work of a key begins; others wait for it until the returned function is called. */
  begin(key: string): () => void {
    if (this.#flights.has(key)) return () => undefined;
    let resolve = (): void => undefined;
    const over = new Promise<void>((done) => {
      resolve = done;
    });
    const end = (): void => {
      if (this.#flights.get(key)?.end === end) this.#flights.delete(key);
      resolve();
    };
    this.#flights.set(key, { over, end });
    return end;
  }

  /** `returned`: as JSON text; undefined for no result. `costMs`: what the work took. */
  keep(
    key: string,
    agent: AgentDefinition,
    returned: string | undefined,
    writes: ContextWrite[],
    costMs: number,
  ): void {
    const text = `[${exactJson(writes)}${returned === undefined ? '' : `,${returned}`}]`;
    if (text.length > MAX_KEPT_CHARS) return;
    const cache = this.#cache as Cache<Packed>;
    const before = cache.stats().evictions;
    cache.set(key, pack(text), { costMs, ttlMs: this.#ttlOf(agent) });
    const { evictions, bytes } = cache.stats();
    const { meter } = this.#ports;
    if (evictions > before) meter.counter('cache.evictions').add(evictions - before, LABELS);
    meter.gauge('cache.bytes').set(bytes, LABELS);
  }

  forget(key: string): void {
    this.#cache?.delete(key);
  }

  #ttlOf({ cache }: AgentDefinition): number | 'session_lifetime' {
    const ttls = [this.#ttlMs, typeof cache === 'object' ? cache.ttlMs : undefined].filter((ms) => ms !== undefined);
    return ttls.length === 0 ? 'session_lifetime' : Math.min(...ttls);
  }

  /** Until the work is over, the time is, or whoever waits is stopped. */
  #wait({ over }: Flight, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.#ports.clock.after(ms, done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
      void over.then(done);
    });
  }
}

/** As text, which nobody can change, packed as a message would be: compressed where it is large. The bytes are a copy of their own. */
function pack(text: string): Packed {
  const { data, contentType } = encode(text);
  return { data: new Uint8Array(data), contentType };
}

function unpack({ data, contentType }: Packed): Kept {
  const [writes, returned] = JSON.parse(decode(data, contentType) as string) as [ContextWrite[], WorkflowJson?];
  return { writes, returned };
}
