/**
 * The state of one pool, in persistent maps: a pool may know 100,000 leases and hears of one or two at a time, so a step
 * must neither copy nor walk a table, and still leave the state before it as it was.
 */
import type { LeaseRequest } from '@tutti/contracts';
import { Set as IdSet, Map as Table } from 'immutable';
import type { Standings } from './monitor.ts';
import type { NamedUse } from './named.ts';
import { NOTHING_USED, type Used } from './pool.ts';

export interface Lease {
  readonly holder: string;
  readonly request: LeaseRequest;
  readonly sinceMs: number;
}

export interface Holder {
  readonly epoch: number;
  /** When it last said anything or was granted something; its leases run out one lease period later. */
  readonly seenMs: number;
  /** Whether it has told all that it holds; a pool that is new cannot know without. */
  readonly synced: boolean;
  /** When it sent the newest of what it said, on its own clock. */
  readonly saidMs: number;
  /** Ids of the leases it has; their number is its share, for fairness between holders. */
  readonly leases: IdSet<string>;
  /** Ids of its requests that wait. */
  readonly waiting: IdSet<string>;
}

/** A holder that nothing is known of yet. */
export const NOBODY: Holder = {
  epoch: 0,
  seenMs: 0,
  synced: false,
  saidMs: 0,
  leases: IdSet(),
  waiting: IdSet(),
};

export interface PoolState {
  readonly pool: string;
  readonly open: boolean;
  readonly used: Used;
  readonly named: NamedUse;
  readonly leases: Table<string, Lease>;
  /** Waiting requests by lease id; the order is decided when something becomes free. */
  readonly waiting: Table<string, Lease>;
  readonly holders: Table<string, Holder>;
  /** Metrics that are over, or were so in the last sample. */
  readonly standings: Standings;
}

export const emptyPool = (pool: string, open: boolean): PoolState => ({
  pool,
  open,
  used: NOTHING_USED,
  named: Table(),
  leases: Table(),
  waiting: Table(),
  holders: Table(),
  standings: {},
});
