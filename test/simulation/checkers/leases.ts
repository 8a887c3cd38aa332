/** A lease is taken back only from a holder that the pool has not heard of for a whole lease period. */
import type { Seen } from '@tutti/testkit/simulation';
import { type Checker, when } from './evidence.ts';

export const leasesAreNotStolen: Checker = ({ observations }) => {
  const pool = new Pool();
  return observations.flatMap((seen) => ('message' in seen ? pool.take(seen) : []));
};

const holderOf = (lease: string): string => lease.split('/')[0] ?? '';

class Pool {
  /** When a process last heard of a holder, or granted it something, by both. */
  readonly #heard = new Map<string, number>();
  readonly #epochs = new Map<string, number>();
  /** When the newest that a process has heard of a holder was sent, by both. */
  readonly #sent = new Map<string, number>();
  readonly #granted = new Set<string>();
  #leaseMs = 0;

  take({ kind, at, process, message }: Seen): readonly string[] {
    if (kind === 'received' && (message.type === 'resource.sync' || message.type === 'resource.acquire')) {
      const { holder, holderEpoch, sentAtMs = at } = message;
      const place = `${process} ${holder}`;
      // What comes a second time, or is older than what has come, is no sign of life.
      if (holderEpoch < (this.#epochs.get(holder) ?? 0) || sentAtMs <= (this.#sent.get(place) ?? -1)) return [];
      this.#epochs.set(holder, holderEpoch);
      this.#sent.set(place, sentAtMs);
      this.#heard.set(place, at);
    }
    if (kind === 'received') return [];
    if (message.type === 'resource.answer' || message.type === 'resource.granted') {
      this.#leaseMs = message.leaseMs;
      for (const lease of message.granted) this.#grant(`${process} ${lease}`, `${process} ${holderOf(lease)}`, at);
    }
    if (kind !== 'sent' || message.type !== 'resource.revoked') return [];
    const holder = holderOf(message.leases[0] ?? '');
    const silentMs = at - (this.#heard.get(`${process} ${holder}`) ?? Number.NEGATIVE_INFINITY);
    // The pool's clock shows whole milliseconds.
    if (silentMs > this.#leaseMs - 1) return [];
    return [`${when(at)}: ${holder} lost ${message.leases.join(' ')} after ${silentMs.toFixed(0)} ms of silence`];
  }

  /** A grant is told again and again; the holder gets a whole period from the first time. */
  #grant(lease: string, place: string, at: number): void {
    if (!this.#granted.has(lease)) this.#heard.set(place, at);
    this.#granted.add(lease);
  }
}
