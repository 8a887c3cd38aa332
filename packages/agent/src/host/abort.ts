/** Stops one attempt. The signal is made when somebody asks for it: most short functions never do, and it costs more than they. */
export class Abort {
  #controller: AbortController | undefined;
  #reason: unknown;
  #isAborted = false;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Only the first reason counts. */
  abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason;
  }
}
