/** Between nodes, and what a node tells the actors it hosts. */
import { z } from 'zod';
import { token } from '../ids.ts';
import { poolSpec } from '../workflow/pool.ts';
import { message } from './define.ts';
import { attemptRef, brokerState, home, ms, POOL_METRICS, resourceAlert } from './shared.ts';

/** The pool that a node with the role `resources` was given, and whether it is the one that manages the cluster's now. */
export const nodePool = z.object({
  spec: poolSpec,
  holds: z.boolean(),
  /** Of who manages it: metrics that are over their thresholds; absent: none. */
  alerts: z.array(resourceAlert).max(POOL_METRICS.length).optional(),
});
export type NodePool = z.infer<typeof nodePool>;

export const nodeMessages = {
  'node.beat': message(
    'node',
    'node',
    'once a second: which roles this node offers and how loaded it is',
    z.object({
      node: token,
      roles: z.array(z.string()).max(16),
      shards: z.number().int().nonnegative(),
      runs: z.number().int().nonnegative(),
      version: z.string().max(64),
      seq: z.number().int().nonnegative(),
      atMs: ms,
      left: z.boolean(),
      /** What the node's own writes meet of the broker; absent when all is well. */
      broker: brokerState.optional(),
      /** Of a node that may manage the pool. */
      pool: nodePool.optional(),
    }),
  ),
  'name.asked': message(
    'any',
    'any',
    'asks whether a live process is called so, before another one takes the name',
    z.object({ name: token }),
    ['name.held'],
  ),
  'name.held': message(
    'any',
    'any',
    'a live process is called so, and since when',
    z.object({ name: token, host: z.string().max(255), pid: z.number().int(), sinceMs: ms }),
  ),
  'node.holders': message(
    'node',
    'node',
    'asks a supervisor node which of its runs hold or want leases: a new pool opens when it has heard all of them',
    z.object({ pool: token }),
    ['node.holding'],
  ),
  'node.holding': message(
    'node',
    'node',
    'runs that hold or want leases, and the shards whose runs are all taken up',
    z.object({
      shards: z.array(z.number().int().nonnegative()).max(4_096),
      holders: z.array(token).max(1_000_000),
    }),
  ),
  'node.forget': message(
    'node',
    'node',
    'has a node let go of whatever it hosts of a run, and load nothing of it until its journals are gone (`done`)',
    z.object({ run: token, done: z.boolean() }),
    ['node.forgotten'],
  ),
  'node.forgotten': message('node', 'node', 'nothing of the run is hosted here', z.object({ run: token })),
  'pool.surveyed': message(
    'node',
    'resources',
    'every run that holds or wants leases, of all shards',
    z.object({ pool: token, holders: z.array(token).max(1_000_000) }),
  ),
  'attempt.placed': message(
    'node',
    'workflow',
    'an instance accepted the attempt',
    z.object({ ...attemptRef.shape, instance: token, home: home.optional() }),
  ),
  'attempt.unplaced': message(
    'node',
    'workflow',
    'no instance could take the attempt within the placing time',
    z.object({
      ...attemptRef.shape,
      reason: z.enum(['no_agent', 'busy', 'no_answer']),
      /** An instance was asked and said nothing: it may work on it for so long. */
      keepMs: ms.optional(),
    }),
  ),
  'attempt.lost': message(
    'node',
    'workflow',
    'the instance that ran the attempt is gone or no longer runs it',
    z.object({
      ...attemptRef.shape,
      instance: token,
      reason: z.string(),
      /** Its process was not heard of any more: it may work on for so long. Absent: it does not. */
      keepMs: ms.optional(),
    }),
  ),
  'attempt.surveyed': message(
    'node',
    'workflow',
    'after a recovery: the attempts of this run that live instances still run or report',
    z.object({
      run: token,
      found: z.array(z.object({ ...attemptRef.shape, instance: token })),
      /** Steps whose instance was not heard of, and for how long it may work on. */
      unheard: z.array(z.object({ step: token, keepMs: ms })).optional(),
    }),
  ),
  'instance.available': message(
    'node',
    'workflow',
    'an instance of a role that was awaited has come',
    z.object({ role: token }),
  ),
  'call.failed': message(
    'node',
    'workflow',
    'a request that the workflow made got no answer; it is repeated or given up by policy',
    z.object({ call: z.string(), code: z.string(), message: z.string(), retryable: z.boolean() }),
  ),
} as const;
