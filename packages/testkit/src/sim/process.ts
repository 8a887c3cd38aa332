/**
 * One process of the simulation: what it may see of time, chance and the bus. It can be paused (nothing of it runs, what
 * comes waits) and killed (nothing of it ever runs again, its promises never settle).
 */
import type { MemoryBus } from '@tutti/bus';
import type { Clock, Ids, KernelPorts, TimerHandle } from '@tutti/kernel';
import type { Logger } from '@tutti/telemetry';
import type { Seeded } from './random.ts';
import type { VirtualTime } from './time.ts';
import type { Stopped, Trace } from './trace.ts';

export interface ProcessWorld {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly random: Seeded;
}

export class SimProcess {
  readonly name: string;
  readonly connection: MemoryBus;
  readonly clock: Clock;
  readonly random: Seeded;
  readonly ids: Ids;
  readonly log: Logger;
  readonly world: ProcessWorld;
  /** Attempts that its agents work on and would leave if they were told. */
  readonly working = new Set<string>();
  #alive = true;
  #paused = false;
  #backlog: (() => void)[] = [];

  constructor(name: string, connection: MemoryBus, world: ProcessWorld) {
    this.name = name;
    this.connection = connection;
    this.world = world;
    this.random = world.random.fork(`process/${name}`);
    this.clock = this.#clockOf(world.time);
    this.ids = idsOf(name);
    this.log = this.#logOf();
  }

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get ports(): Pick<KernelPorts, 'clock' | 'random' | 'ids'> {
    return { clock: this.clock, random: this.random, ids: this.ids };
  }

  /** Runs now, when the pause is over, or never. */
  run(callback: () => void): void {
    if (!this.#alive) return;
    if (this.#paused) this.#backlog.push(callback);
    else callback();
  }

  /** The promise as this process hears of it: later when it is paused, never when it is dead. */
  hear<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.run(() => resolve(value)),
        (error) => this.run(() => reject(error)),
      );
    });
  }

  pause(): void {
    if (!this.#alive || this.#paused) return;
    this.#paused = true;
    this.#say('paused');
  }

  /** Everything that came meanwhile is taken in order, each in a turn of its own, as after a long stop. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#say('resumed');
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const callback of backlog) this.world.time.after(0, () => this.run(callback));
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#backlog = [];
    this.#say('killed');
    this.connection.kill();
  }

  #say(phase: Stopped['phase']): void {
    const { time, trace } = this.world;
    trace.add({ kind: 'process', at: time.elapsed, process: this.name, phase });
  }

  #clockOf(time: VirtualTime): Clock {
    return {
      now: () => time.now(),
      monotonic: () => time.elapsed,
      after: (delayMs, callback): TimerHandle => {
        let isCancelled = false;
        const scheduled = time.after(delayMs, () => this.run(() => (isCancelled ? undefined : callback())));
        return {
          cancel: () => {
            isCancelled = true;
            scheduled.cancel();
          },
        };
      },
      soon: (callback) => time.soon(() => this.run(callback)),
    };
  }

  #logOf(): Logger {
    const line =
      (level: 'warn' | 'error') =>
      (fields: Readonly<Record<string, unknown>>, message: string): void => {
        const { err } = fields;
        const error = err instanceof Error ? err.message : '';
        const at = this.world.time.elapsed;
        this.world.trace.add({ kind: 'log', at, process: this.name, level, text: message, error });
      };
    const nothing = (): void => undefined;
    const logger: Logger = {
      debug: nothing,
      info: nothing,
      warn: line('warn'),
      error: line('error'),
      child: () => logger,
    };
    return logger;
  }
}

/** Ids that name who made them: a trace can be read. */
function idsOf(name: string): Ids {
  let count = 0;
  return { next: () => `${name}-i${(count++).toString(36)}` };
}
