/**
 * People who decide conflicts: while the run goes on, or after its end, sometimes two about one. They hear of conflicts from the
 * events that a user watches, and ask for nothing but what they decide: where there is no conflict nothing happens.
 */
import type { Client } from '@tutti/client';
import { type ConflictTake, TuttiError, type TuttiEvent } from '@tutti/contracts';
import type { Seeded } from './random.ts';
import type { VirtualTime } from './time.ts';

/** Share of conflicts that somebody decides, of those about which two do, and of decisions that insist on a place that has changed. */
const DECIDED = 0.85;
const DISPUTED = 0.3;
const INSISTS = 0.6;
/** From the conflict to its decision, ms: many runs are over by then. */
const DECIDES_MS = { from: 0, to: 12_000 };
/** Between two who decide the same. */
const BESIDE_MS = { from: 0, to: 400 };

interface Decided {
  readonly client: Pick<Client, 'resolve'>;
  readonly time: VirtualTime;
  readonly run: string;
  /** Tries for ever. */
  untilDone<T>(what: string, call: () => Promise<T>): Promise<T>;
}

export class Decider {
  readonly #decided: Decided;
  readonly #random: Seeded;
  readonly #known = new Set<string>();
  readonly #deeds: Promise<void>[] = [];

  constructor(decided: Decided, random: Seeded) {
    this.#decided = decided;
    this.#random = random;
  }

  heard({ type, data }: TuttiEvent): void {
    const id = String(data['id']);
    if (type !== 'context.conflict' || this.#known.has(id)) return;
    this.#known.add(id);
    const random = this.#random.fork(id);
    if (!random.chance(DECIDED)) return;
    const afterMs = random.between(DECIDES_MS.from, DECIDES_MS.to);
    const people = random.chance(DISPUTED) ? ['ann', 'ben'] : ['ann'];
    for (const by of people) {
      const besideMs = random.between(BESIDE_MS.from, BESIDE_MS.to);
      this.#deeds.push(this.#decide(id, by, afterMs + besideMs, random.fork(by)));
    }
  }

  /** Whether anybody decided anything since; resolves when nothing more is decided. */
  async rest(): Promise<boolean> {
    const deeds = this.#deeds.splice(0);
    await Promise.all(deeds);
    return deeds.length > 0;
  }

  async #decide(conflict: string, by: string, afterMs: number, random: Seeded): Promise<void> {
    const { client, time, run, untilDone } = this.#decided;
    const take = random.pick<ConflictTake>([
      'kept',
      'refused',
      { value: `decided by ${by} about ${conflict} of ${run}` },
    ]);
    const insists = random.chance(INSISTS);
    await time.sleep(afterMs);
    for (let over: number | undefined; ; ) {
      const decision = { conflict, take, by, ...(over === undefined ? {} : { over }) };
      const error = await untilDone(`decision of ${by}`, () =>
        client.resolve(run, decision).then(() => undefined, last),
      );
      const newest = error?.code === 'place_changed' ? error.details?.['version'] : undefined;
      if (!insists || typeof newest !== 'number') return;
      over = newest;
    }
  }
}

/** What is no reason to say it again: somebody was first, the place has changed, or the conflict was lost with the broker's power. */
const LAST: ReadonlySet<string> = new Set(['already_answered', 'place_changed', 'unknown_conflict']);

function last(error: unknown): TuttiError {
  const known = TuttiError.from(error);
  if (LAST.has(known.code)) return known;
  throw known;
}
