/**
 * Where a watcher of one run stands: pure, no I/O.
 *
 * What an owner has told live and not yet journaled dies with it, and the next owner gives those numbers again. The
 * journal is right: an event that contradicts one given before sends the watcher back to the first number that changed,
 * and from there it is given only what it does not know.
 */
import { FLEETING, type TuttiEvent } from '@tutti/contracts';

/** Numbers whose events are remembered; far more than an owner tells before it journals them. */
const MAX_GIVEN = 1_000;

/** What goes on after the end of a run, to another end. */
const AFTER_THE_END: ReadonlySet<string> = new Set(['run.retried', 'conflict.resolved']);

const nameOf = ({ type, time, data }: TuttiEvent): string => `${type} ${time} ${String(data['step'] ?? '')}`;

export class Cursor {
  readonly #given = new Map<number, string>();
  #first: number;
  #next: number;
  #ended = false;
  #suspects = false;

  constructor(first: number) {
    this.#first = first;
    this.#next = first;
  }

  /** Sequence of the first event wanted that the journal is known to have, or will have. */
  get first(): number {
    return this.#first;
  }

  /** Sequence of the next recorded event to give. */
  get next(): number {
    return this.#next;
  }

  /** `run.finished` was given, and neither a retry nor a decision after it. */
  get ended(): boolean {
    return this.#ended;
  }

  /** A new owner may have given numbers again: everything wanted has to be compared with the journal. */
  get suspects(): boolean {
    return this.#suspects;
  }

  /** Whether the event cannot be taken before the journal was read: some are missing, or numbers were given again. */
  needsJournal(event: TuttiEvent): boolean {
    // A fleeting event has the number of the recorded one before it.
    if (FLEETING.has(event.type)) return this.#suspects || (event.seq ?? 0) >= this.#next;
    if (this.#contradicts(event)) this.#suspects = true;
    return this.#suspects || (event.seq ?? 0) > this.#next;
  }

  /** Whether a fleeting event belongs where the watcher stands: an older one tells of what is known to be past. */
  isFresh({ seq = 0 }: TuttiEvent): boolean {
    return !this.#ended && seq >= this.#next - 1;
  }

  /** Takes a recorded event; false when it was given before. */
  take(event: TuttiEvent): boolean {
    const { seq = 0, type } = event;
    if (seq < this.#next || (this.#ended && !AFTER_THE_END.has(type))) return false;
    this.#next = seq + 1;
    if (this.#given.get(seq) === nameOf(event)) return false;
    this.#given.set(seq, nameOf(event));
    this.#given.delete(seq - MAX_GIVEN);
    this.#ended = type === 'run.finished';
    // Its predecessor may have told more than it journaled, below this number.
    if (type === 'run.recovered') this.#suspects = true;
    return true;
  }

  /**
   * Compares what was given with the journal's events from `first`, and steps back to the first that differs. What was
   * given beyond the end of the journal is not known to be right: the numbers go on from that end, so that the journal is
   * asked again once it must have them.
   */
  compare(events: readonly TuttiEvent[]): void {
    this.#suspects = false;
    const changed = events.find((event) => this.#contradicts(event));
    const end = events.at(-1)?.seq ?? this.#first - 1;
    this.#first = Math.min(this.#first, end + 1);
    this.#next = Math.min(this.#next, changed?.seq ?? end + 1);
  }

  /** Whoever waits for what comes after the end of a run is given that end: nothing else will come. */
  endAt(last: TuttiEvent | undefined): void {
    if (last?.type !== 'run.finished') return;
    const { seq = 0 } = last;
    if (seq >= this.#first) {
      // What came after it is gone: it is the end after all.
      if (seq < this.#next && this.#given.get(seq) === nameOf(last)) this.#ended = true;
      return;
    }
    this.#first = seq;
    this.#next = seq;
  }

  #contradicts(event: TuttiEvent): boolean {
    const given = this.#given.get(event.seq ?? 0);
    return given !== undefined && given !== nameOf(event);
  }
}
