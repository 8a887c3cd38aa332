/** What bounds a host, each with its default; the package's README says what happens beyond it. */
import type { ActorLimits } from './actor-deps.ts';

export interface HostLimits extends ActorLimits {
  /** Actors in memory; beyond it new ones are refused `overloaded`. */
  readonly maxActors: number;
  /** How long a durable actor that waits for messages only stays in memory, ms. */
  readonly restMs: number;
  /** Ended actors kept in memory for questions. */
  readonly maxEnded: number;
  /** Message ids remembered with their answers. */
  readonly maxRemembered: number;
  /** Messages that may wait while an actor is loaded. */
  readonly maxLoading: number;
}

export const DEFAULT_HOST_LIMITS: HostLimits = {
  maxPending: 10_000,
  lazyFlushMs: 20,
  checkpointEvery: 1_000,
  appendRetryMs: 250,
  maxActors: 100_000,
  restMs: 60_000,
  maxEnded: 256,
  maxRemembered: 8_192,
  maxLoading: 1_000,
};
