/**
 * The time-outs of many short calls with few timers: one for each length of time, set for the oldest call that is still open.
 * Nearly every call is answered long before, and then costs no timer of its own.
 */
import type { Clock } from './ports.ts';

/** A call that may run out of time. */
export interface Expiring {
  /** False once it was answered. */
  readonly isOpen: boolean;
  /** Its time is over. Called at most once, and only while it is open. */
  late(): void;
}

interface Line {
  entries: { readonly call: Expiring; readonly dueMs: number }[];
  /** Entries before this one are over. */
  head: number;
  isArmed: boolean;
}

/** Entries that are over are cut off when this many have gathered. */
const CUT_AT = 1_024;

export class Deadlines {
  readonly #clock: Clock;
  readonly #lines = new Map<number, Line>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `timeoutMs` from now on, unless it is answered before. */
  add(call: Expiring, timeoutMs: number): void {
    let line = this.#lines.get(timeoutMs);
    if (line === undefined) {
      line = { entries: [], head: 0, isArmed: false };
      this.#lines.set(timeoutMs, line);
    }
    skipAnswered(line);
    line.entries.push({ call, dueMs: this.#clock.monotonic() + timeoutMs });
    if (!line.isArmed) this.#arm(line, timeoutMs);
  }

  #arm(line: Line, inMs: number): void {
    line.isArmed = true;
    this.#clock.after(inMs, () => this.#look(line), true);
  }

  #look(line: Line): void {
    line.isArmed = false;
    const now = this.#clock.monotonic();
    for (let next = oldest(line); next !== undefined && next.dueMs <= now; next = oldest(line)) {
      line.head += 1;
      next.call.late();
    }
    const next = oldest(line);
    if (next !== undefined && !line.isArmed) this.#arm(line, Math.max(1, next.dueMs - now));
  }
}

/** The oldest entry that is still open. */
function oldest(line: Line): Line['entries'][number] | undefined {
  skipAnswered(line);
  return line.entries[line.head];
}

function skipAnswered(line: Line): void {
  while (line.entries[line.head]?.call.isOpen === false) line.head += 1;
  if (line.head === line.entries.length) line.entries.length = 0;
  else if (line.head >= CUT_AT) line.entries.splice(0, line.head);
  else return;
  line.head = 0;
}
