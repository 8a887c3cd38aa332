/**
 * What a bucket holds, read from the leader again only where it changed: nodes look at some 200 entries every 750 ms, of which
 * a few leases are new. (Reading all of them kept half a core of the broker busy in a cluster that did nothing.)
 */
import type { KeyValueEntry } from '../port.ts';
import type { JetStreamApi, StoredMessage } from './jetstream-api.ts';
import { type Place, subjectsOf } from './storage-host.ts';

/** Entries read at once when the whole bucket is. */
const WINDOW = 64;
/** Changes read one after the other; when more have come, the whole bucket is read in less time. */
const MAX_CHANGES = 64;

export class BucketView {
  private readonly api: JetStreamApi;
  private readonly place: Place;
  private entries = new Map<string, KeyValueEntry>();
  /** Every change up to this sequence is in `entries`; 0: nothing is known. */
  private seenSeq = 0;
  private looking: Promise<readonly KeyValueEntry[]> | undefined;
  private isDoubtful = false;

  constructor(api: JetStreamApi, place: Place) {
    this.api = api;
    this.place = place;
  }

  /** What was known is doubtful: a revision was not what it was thought to be. */
  forget(): void {
    // A look that is under way would say at its end that all is known.
    this.isDoubtful = true;
  }

  /** All entries, as they are now. */
  async look(): Promise<readonly KeyValueEntry[]> {
    // Whoever asks during a look must not get one that began before; and two looks at once would mix what they know.
    while (this.looking !== undefined) await this.looking.catch(() => undefined);
    this.looking = this.update();
    try {
      return await this.looking;
    } finally {
      this.looking = undefined;
    }
  }

  private async update(): Promise<readonly KeyValueEntry[]> {
    const { names, lastSeq } = await subjectsOf(this.api, this.place.stream, this.place.subject('>'));
    // A stream that has become shorter has lost its end, and with it what is known here.
    const isKnown = this.seenSeq > 0 && lastSeq >= this.seenSeq && !this.isDoubtful;
    this.isDoubtful = false;
    if (!isKnown || !(await this.follow(lastSeq))) await this.readAll(names, lastSeq);
    // What was deleted is forgotten; what came after the names were read is not among them, and there.
    const present = new Set(names);
    for (const [subject, { revision }] of this.entries)
      if (!present.has(subject) && revision <= lastSeq) this.entries.delete(subject);
    return [...this.entries.values()];
  }

  /** Reads the changes since the last look in their order; false when they are too many. */
  private async follow(lastSeq: number): Promise<boolean> {
    for (let read = 0; this.seenSeq < lastSeq; read += 1) {
      if (read === MAX_CHANGES) return false;
      const stored = await this.api.next(this.place.stream, this.seenSeq + 1, this.place.subject('>'));
      // What is missing up to the last sequence was replaced or deleted.
      if (stored === undefined) this.seenSeq = lastSeq;
      else {
        this.entries.set(stored.subject, this.entryOf(stored));
        this.seenSeq = stored.seq;
      }
    }
    return true;
  }

  private async readAll(subjects: readonly string[], lastSeq: number): Promise<void> {
    const entries = new Map<string, KeyValueEntry>();
    for (let start = 0; start < subjects.length; start += WINDOW) {
      const window = subjects.slice(start, start + WINDOW);
      const read = await Promise.all(window.map((subject) => this.api.last(this.place.stream, subject)));
      for (const stored of read) if (stored !== undefined) entries.set(stored.subject, this.entryOf(stored));
    }
    this.entries = entries;
    // What changed during the reading is beyond this, and read again the next time.
    this.seenSeq = lastSeq;
  }

  private entryOf({ subject, data, seq }: StoredMessage): KeyValueEntry {
    return { key: this.place.key(subject), value: data, revision: seq };
  }
}
