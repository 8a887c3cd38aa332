/** What a node is started with. */
import type { Bus } from '@tutti/bus';
import { ALONE_MS, type Home, type MonitoringSpec, type PoolSpec, type TuttiEvent } from '@tutti/contracts';
import type { KernelPorts } from '@tutti/kernel';
import type { Logger, Meter } from '@tutti/telemetry';
import type { Keep } from './retention.ts';
import type { Role } from './roles.ts';

export interface NodeOptions {
  readonly bus: Bus;
  readonly roles: readonly Role[];
  readonly name?: string;
  /** Whether the name was chosen, so that a live node may have it already: that is refused `name_taken`. */
  readonly hasOwnName?: boolean;
  /** What all runs of the cluster share while this node manages the pool; all nodes are to have the same. */
  readonly pool?: PoolSpec;
  /** What is watched of the pool while this node manages it. Default: the specification's metrics and thresholds. */
  readonly monitoring?: MonitoringSpec;
  readonly prefix?: string;
  readonly log?: Logger;
  readonly meter?: Meter;
  /** Publishes what this node measures as JSON, each time so many ms have passed; then `meter` says nothing. Default: never. */
  readonly metricsEveryMs?: number;
  /** True when this process is the whole cluster: no leases are needed. */
  readonly sole?: boolean;
  /** Time, randomness and ids; the simulation passes seeded ones. */
  readonly ports?: Partial<Pick<KernelPorts, 'clock' | 'random' | 'ids' | 'local' | 'journals'>>;
  /** What is kept of runs that have ended; absent: all. */
  readonly keep?: Keep;
  /** Records of a journal between two checkpoints, after which it is cut; 0: never. Default 1,000. */
  readonly checkpointEvery?: number;
  /** False: messages between actors of this node go through the bus too; the simulation loses them there. Default true. */
  readonly skipSocket?: boolean;
  /**
   * How long work may go on that no supervisor hears of, ms: its agents stop it then, and what it holds of the pool is held until
   * then. All nodes of a cluster are to have the same. Default 20 s.
   */
  readonly aloneMs?: number;
  /** Whether a process is surely dead. Default: this one looks, where it shares the other's machine. */
  readonly isDead?: (home: Home) => boolean;
  /** Told when this node meets a broker that is away, refuses, is full or slow, again each minute, and when it is well. */
  readonly onBroker?: (event: TuttiEvent) => void;
}

/** The one pool there is until workflows may name others. */
export const POOL = 'default';
/** Where agents share the only process, nobody is ever alone. */
export const aloneOf = ({ sole, aloneMs = ALONE_MS }: NodeOptions): number => (sole === true ? 0 : aloneMs);
