/** What the kernel takes from outside: time, randomness, ids, the bus. The simulation passes seeded ones. */
import type { Bus } from '@tutti/bus';
import type { Subjects } from '@tutti/contracts';
import type { Logger, Meter } from '@tutti/telemetry';
import type { SetAside } from './aside.ts';
import type { Journals } from './journal.ts';
import type { LocalTable } from './local-table.ts';

export interface TimerHandle {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, ms since 1970; for records and people. */
  now(): number;
  /** Never goes back, ms from an arbitrary start; for leases and spans. */
  monotonic(): number;
  /** Calls back once after `delayMs`. Must not keep the process alive when `background` is set. */
  after(delayMs: number, callback: () => void, background?: boolean): TimerHandle;
  /** Calls back as soon as the present work is done, before any timer. */
  soon(callback: () => void): void;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

export interface Ids {
  /** A new unique token (matches the subject token pattern). */
  next(): string;
}

/** Everything an actor host needs. */
export interface KernelPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Logger;
  readonly meter: Meter;
  readonly subjects: Subjects;
  /** What the exchanges of one process share, so that they reach each other without the broker. Absent: each is alone. */
  readonly local?: LocalTable;
  /** Where durable actors keep their journals. Absent: in the logs of the bus. */
  readonly journals?: Journals;
  /** Where messages go that no machine can take. Absent: they are only logged. */
  readonly setAside?: SetAside;
}
