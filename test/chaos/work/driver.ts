/** Submits runs without a pause, a bounded number at once, and follows each to its end as its user would. */
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@tutti/client';
import type { TuttiEvent, WorkflowDefinition } from '@tutti/contracts';
import type { Observation, Seeded } from '@tutti/testkit/simulation';
import { nextWorkflow } from './workflows.ts';

/** Runs under way at once: enough that something waits for the pool, few enough that they end soon after the storm. */
const IN_FLIGHT = 8;
/** Pause of a user before what failed is tried again, ms. */
const TRY_AGAIN_MS = 500;

export interface Submitted {
  readonly run: string;
  readonly definition: WorkflowDefinition;
  acceptedAt: number | undefined;
  endedAt: number | undefined;
}

export class Driver {
  readonly runs: Submitted[] = [];
  readonly observations: Observation[] = [];
  readonly #client: Client;
  readonly #random: Seeded;
  readonly #stopped = new AbortController();
  #isTaking = true;
  #lanes: Promise<void>[] = [];

  constructor(client: Client, random: Seeded) {
    this.#client = client;
    this.#random = random;
    // Every run under way waits for it.
    setMaxListeners(0, this.#stopped.signal);
  }

  start(): void {
    this.#lanes = Array.from({ length: IN_FLIGHT }, () => this.#lane());
  }

  /** Submits no more; true once every run has ended, false when some have not within the limit, ms. */
  async settle(limitMs: number): Promise<boolean> {
    this.#isTaking = false;
    const late = pause(limitMs, 'late', { ref: false, signal: this.#stopped.signal }).catch(() => 'stopped');
    const end = await Promise.race([Promise.all(this.#lanes).then(() => 'ended'), late]);
    this.stop();
    return end === 'ended';
  }

  stop(): void {
    this.#isTaking = false;
    this.#stopped.abort();
  }

  async #lane(): Promise<void> {
    while (this.#isTaking) await this.#one();
  }

  async #one(): Promise<void> {
    const run = `chaos-${this.runs.length + 1}`;
    const definition = nextWorkflow(this.#random.fork(run), `w-${this.runs.length + 1}`);
    const submitted: Submitted = { run, definition, acceptedAt: undefined, endedAt: undefined };
    this.runs.push(submitted);
    await this.#untilDone(run, 'submit', () => this.#client.submit({ run, definition }));
    if (this.#stopped.signal.aborted) return;
    submitted.acceptedAt = Date.now();
    await this.#follow(run);
    if (!this.#stopped.signal.aborted) submitted.endedAt = Date.now();
  }

  /** A watch that fails is followed by another, from the number after its last. */
  async #follow(run: string): Promise<void> {
    const { signal } = this.#stopped;
    let next = 1;
    await this.#untilDone(run, 'watch', async () => {
      const from = next;
      for await (const event of this.#client.watch(run, { fromSeq: from, signal })) {
        this.observations.push({ kind: 'watched', at: Date.now(), run, from, event });
        next = after(event, next);
      }
    });
  }

  /** Tries until the driver is stopped: whether it ends in time is what is asked. */
  async #untilDone(run: string, what: string, call: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await call();
        return;
      } catch (error) {
        this.observations.push({ kind: 'note', at: Date.now(), text: `${what} of ${run} failed: ${String(error)}` });
        await pause(TRY_AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

const after = ({ seq, type }: TuttiEvent, next: number): number =>
  seq === undefined || type === 'step.progress' ? next : seq + 1;
