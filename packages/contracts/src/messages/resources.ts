/** Workflow ↔ resource manager. All of them are idempotent by lease id: repeating one changes nothing. */
import { z } from 'zod';
import { token } from '../ids.ts';
import { message } from './define.ts';
import { epoch, ms, namedUnits, namedUse, needs, POOL_METRICS, resourceAlert } from './shared.ts';

/**
 * One thing a holder wants. `priority` 10 critical path, 7 parallel group, 5 validation; `rank` breaks ties, larger first: a
 * run gives the moment at which its plan has the step begin, negated.
 */
export const leaseRequest = z.object({
  lease: z.string().min(1).max(200),
  step: token,
  needs: needs,
  priority: z.number().min(0).max(100),
  rank: z.number().default(0),
  /** Of named resources, beside `needs`. */
  uses: namedUnits.optional(),
  /** How much there is of each of them, by the workflow; counts where the pool itself has no number. */
  capacity: namedUnits.optional(),
  /** What the attempt may take by its plan, at the long end: until then nobody is told that it is slow. */
  expectedMs: ms.optional(),
});
export type LeaseRequest = z.infer<typeof leaseRequest>;

/** Leases that one message may name: a holder holds and wants no more than that at once. */
export const MAX_LEASES = 10_000;

/**
 * When its holder sent it, by the holder's clock. Of two messages of one holder the older one may come later: it then says
 * nothing any more of what the holder wants and holds. Absent: taken as the newest.
 */
const sentAtMs = ms.optional();

/** Why a request waits: the scarce resource, what is free of it, who holds it. */
export const waiting = z.object({
  lease: z.string(),
  position: z.number().int().positive(),
  lacks: z.enum(['cpu', 'memory', 'agents', 'named', 'pool_closed', 'behind']),
  /** Of `named`: which resource. */
  resource: z.string().optional(),
  free: z.number(),
  needed: z.number(),
  heldBy: z.array(z.string()).max(16),
});
export type Waiting = z.infer<typeof waiting>;

const answer = z.object({
  pool: token,
  granted: z.array(z.string()),
  waiting: z.array(waiting),
  /** Requests that are larger than the whole pool, or that name a resource of which nobody says how much there is. */
  refused: z.array(z.object({ lease: z.string(), reason: z.string() })),
  /** How long a lease lives unless its holder syncs. */
  leaseMs: ms,
});

export const resourceMessages = {
  'resource.acquire': message(
    'workflow',
    'resources',
    'asks for leases and gives others back in the same breath',
    z.object({
      holder: token,
      holderEpoch: epoch,
      sentAtMs: sentAtMs,
      requests: z.array(leaseRequest).max(MAX_LEASES),
      release: z.array(z.string()).max(MAX_LEASES),
    }),
    ['resource.answer'],
  ),
  'resource.sync': message(
    'workflow',
    'resources',
    'all that the holder holds and wants: renews, repairs and announces after a restart; what is not named is freed',
    z.object({
      holder: token,
      holderEpoch: epoch,
      sentAtMs: sentAtMs,
      /** True while a new owner still finds out what its run holds: nothing is freed then, for there may be more. */
      partial: z.boolean().optional(),
      held: z.array(leaseRequest).max(MAX_LEASES),
      wanted: z.array(leaseRequest).max(MAX_LEASES),
    }),
    ['resource.answer'],
  ),
  'resource.answer': message('resources', 'workflow', 'what was granted, what waits and for what', answer),
  'resource.granted': message(
    'resources',
    'workflow',
    'leases granted later; repeated by the answer to the next sync if it is lost',
    z.object({ pool: token, granted: z.array(z.string()), leaseMs: ms }),
  ),
  'resource.revoked': message(
    'resources',
    'workflow',
    'leases that ran out because the holder did not sync',
    z.object({ pool: token, leases: z.array(z.string()), reason: z.string() }),
  ),
  'resource.announce': message(
    'resources',
    'workflow',
    'asks for a sync at once: this pool is new and does not know what the holder holds',
    z.object({ pool: token }),
  ),
  'resource.describe': message('any', 'resources', 'asks for the state of the pool', z.object({}), ['resource.state']),
  'resource.state': message(
    'resources',
    'any',
    'limits, use and queue of the pool',
    z.object({
      pool: token,
      open: z.boolean(),
      limits: z.object({ cpu: z.number(), memory: z.number(), agents: z.number() }),
      used: z.object({ cpu: z.number(), memory: z.number(), agents: z.number() }),
      named: namedUse.optional(),
      leases: z.array(
        z.object({
          lease: z.string(),
          holder: z.string(),
          step: z.string(),
          sinceMs: ms,
          needs: needs,
          uses: namedUnits.optional(),
        }),
      ),
      waiting: z.array(waiting),
      /** Metrics that are over their thresholds; absent: none. */
      alerts: z.array(resourceAlert).max(POOL_METRICS.length).optional(),
    }),
  ),
} as const;
