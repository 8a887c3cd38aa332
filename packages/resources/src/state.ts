/** The state of one pool: plain JSON. */
import type { LeaseRequest } from '@tutti/contracts';
import { NOTHING_USED, type Used } from './pool.ts';

export interface Lease {
  readonly holder: string;
  readonly request: LeaseRequest;
  readonly sinceMs: number;
}

export interface Holder {
  readonly epoch: number;
  /** When it last said anything; its leases run out one lease period later. */
  readonly seenMs: number;
  /** When it sent the newest of what it said, on its own clock. */
  readonly saidMs: number;
  /** Leases it has, for fairness between holders. */
  readonly leases: number;
}

export interface PoolState {
  readonly pool: string;
  readonly open: boolean;
  readonly used: Used;
  readonly leases: Readonly<Record<string, Lease>>;
  /** Waiting requests by lease id; the order is decided when something becomes free. */
  readonly waiting: Readonly<Record<string, Lease>>;
  readonly holders: Readonly<Record<string, Holder>>;
}

export const emptyPool = (pool: string, open: boolean): PoolState => ({
  pool,
  open,
  used: NOTHING_USED,
  leases: {},
  waiting: {},
  holders: {},
});
