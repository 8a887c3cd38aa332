import type { BusStatus } from './port.ts';

/** Who is told of a connection's changes. A listener that throws harms nobody else. */
export class StatusListeners {
  private readonly listeners = new Set<(status: BusStatus) => void>();

  add(listener: (status: BusStatus) => void): () => void {
    // A wrapper of its own, so that the same function may be added twice and removed once.
    const entry = (status: BusStatus): void => listener(status);
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  readonly tell = (status: BusStatus): void => {
    for (const listener of [...this.listeners]) {
      try {
        listener(status);
      } catch {
        // Whoever listens reports its own failures; the connection must not fall silent over them.
      }
    }
  };
}
