/** Lets only so many in at once; the others wait in the order in which they came. As many can wait as there are instances. */

interface Waiting {
  readonly most: number;
  enter(): void;
}

export class Gate {
  readonly #most: number;
  readonly #waiting = new Set<Waiting>();
  #inside = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get inside(): number {
    return this.#inside;
  }

  /** Does the work once there is room among at most `most`. Who is stopped while it waits throws the reason of its signal. */
  async through<T>(most: number | undefined, signal: () => AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(Math.min(this.#most, most ?? this.#most), signal);
    try {
      return await work();
    } finally {
      this.#inside -= 1;
      this.#letIn();
    }
  }

  #enter(most: number, signal: () => AbortSignal): Promise<void> | undefined {
    if (this.#waiting.size === 0 && this.#inside < most) {
      this.#inside += 1;
      return undefined;
    }
    const stop = signal();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        reject(stop.reason);
        this.#letIn();
      };
      const enter = (): void => {
        stop.removeEventListener('abort', leave);
        resolve();
      };
      const waiting: Waiting = { most, enter };
      this.#waiting.add(waiting);
      if (stop.aborted) leave();
      else stop.addEventListener('abort', leave, { once: true });
    });
  }

  #letIn(): void {
    for (const waiting of this.#waiting) {
      if (this.#inside >= waiting.most) return;
      this.#waiting.delete(waiting);
      this.#inside += 1;
      waiting.enter();
    }
  }
}
