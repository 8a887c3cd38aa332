/**
 * The timers of one actor: by id, each with the time it is due, so that a recovered actor can arm them again.
 *
 * The time is the wall clock's, and that may be set back under a running process: no timer ever waits longer than it was
 * set for, or an actor would sleep for as long as the clock was set back.
 */
import type { EventObject } from 'xstate';
import type { Clock, TimerHandle } from './ports.ts';
import type { Step } from './stepper.ts';

interface Armed extends Omit<FrozenTimer, 'id'> {
  handle: TimerHandle | undefined;
}

/** A timer as plain data. */
export interface FrozenTimer {
  readonly id: string;
  readonly dueMs: number;
  readonly delayMs: number;
  readonly event: EventObject;
}

export interface ActorTimers {
  /** Takes over what a step set and cleared. `at` is the time of the step's event; `muted` only remembers. */
  apply(step: Step, at: number, muted?: boolean): void;
  /** Arms what was only remembered; what is overdue fires at once. */
  arm(): void;
  clear(): void;
  /** Those that are set now, as plain data, and takes such data over, to be armed. */
  freeze(): readonly FrozenTimer[];
  thaw(timers: readonly FrozenTimer[]): void;
  count(): number;
}

/** Timers an actor may have at once: more than its steps, groups and calls together. */
export const MAX_TIMERS = 65_536;

/** `fire`: takes the event of a timer over; false when the step broke, so that it is not done with. */
export function createTimers(clock: Clock, fire: (event: EventObject) => boolean): ActorTimers {
  const armed = new Map<string, Armed>();
  /** Rang, and their step broke: a later owner, whose code may do better, has them ring again. */
  const broken = new Map<string, Armed>();
  const start = (id: string, timer: Armed): void => {
    const left = Math.min(timer.delayMs, Math.max(0, timer.dueMs - clock.now()));
    timer.handle = clock.after(left, () => {
      if (armed.get(id) !== timer) return;
      armed.delete(id);
      if (!fire(timer.event)) broken.set(id, timer);
    });
  };
  const drop = (id: string): void => {
    armed.get(id)?.handle?.cancel();
    armed.delete(id);
    broken.delete(id);
  };
  return {
    apply(step, at, muted = false) {
      for (const id of step.cleared) drop(id);
      for (const { id, delayMs, event } of step.set) {
        drop(id);
        if (armed.size >= MAX_TIMERS) throw new Error(`An actor has more than ${MAX_TIMERS} timers`);
        const timer: Armed = { dueMs: at + delayMs, delayMs, event, handle: undefined };
        armed.set(id, timer);
        if (!muted) start(id, timer);
      }
    },
    arm() {
      for (const [id, timer] of armed) if (timer.handle === undefined) start(id, timer);
    },
    clear() {
      for (const id of [...armed.keys()]) drop(id);
      broken.clear();
    },
    freeze: () => [...broken, ...armed].map(([id, { dueMs, delayMs, event }]) => ({ id, dueMs, delayMs, event })),
    thaw(timers) {
      for (const { id, ...timer } of timers) armed.set(id, { ...timer, handle: undefined });
    },
    count: () => armed.size,
  };
}
