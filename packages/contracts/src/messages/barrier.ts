/** Workflow ↔ barrier. The barrier decides once; the decision is repeated until the workflow has journaled it. */
import { z } from 'zod';
import { token } from '../ids.ts';
import { message } from './define.ts';
import { epoch, ms } from './shared.ts';

export const memberStatus = z.enum(['succeeded', 'failed', 'cancelled', 'skipped']);
export type MemberStatus = z.infer<typeof memberStatus>;

export const arrival = z.object({
  member: token,
  status: memberStatus,
  version: z.number().int().optional(),
  atMs: ms,
});
export type Arrival = z.infer<typeof arrival>;

/** `complete`: all succeeded. `partial`: enough did. `aborted`: too few; the workflow's policy says what now. */
export const barrierDecision = z.enum(['complete', 'partial', 'aborted']);
export type BarrierDecision = z.infer<typeof barrierDecision>;

export const barrierRules = z.object({
  timeoutMs: ms.positive(),
  success: z.union([z.literal('all'), z.literal('at_least_one'), z.object({ quorum: z.number().int().positive() })]),
  onPartial: z.enum(['continue_with_available_results', 'abort']),
  extensionMs: ms,
  maxExtensions: z.number().int().nonnegative().max(10),
});
export type BarrierRules = z.infer<typeof barrierRules>;

/** Members that must succeed for a group to go on in part. */
export function neededOf({ success }: Pick<BarrierRules, 'success'>, members: number): number {
  if (success === 'all') return members;
  return success === 'at_least_one' ? 1 : success.quorum;
}

/** What a group comes to in which so many members have succeeded and no other will. */
export function decisionOf(rules: BarrierRules, members: number, succeeded: number): BarrierDecision {
  if (succeeded === members) return 'complete';
  const goesOn = rules.onPartial === 'continue_with_available_results' && succeeded >= neededOf(rules, members);
  return goesOn ? 'partial' : 'aborted';
}

export const barrierMessages = {
  'barrier.open': message(
    'workflow',
    'barrier',
    'opens or re-opens a barrier: the same deadline, the arrivals so far; repeating it changes nothing',
    z.object({
      run: token,
      group: token,
      round: z.number().int().positive(),
      /** Of the owner who opens: one that is newer than a decision may not have it in its journal. */
      ownerEpoch: epoch.optional(),
      replyTo: z.string(),
      members: z.array(token).min(1).max(10_000),
      openedAtMs: ms,
      extensions: z.number().int().nonnegative(),
      rules: barrierRules,
      arrivals: z.array(arrival),
    }),
    ['barrier.opened'],
  ),
  'barrier.opened': message(
    'barrier',
    'workflow',
    'the barrier is open until the deadline',
    z.object({ group: token, deadlineMs: ms }),
  ),
  'barrier.arrive': message(
    'workflow',
    'barrier',
    'a member has ended',
    z.object({ run: token, group: token, round: z.number().int().positive(), arrival: arrival }),
  ),
  'barrier.progress': message(
    'workflow',
    'barrier',
    'a member made progress: a reason to extend rather than to cut off',
    z.object({
      run: token,
      group: token,
      round: z.number().int().positive(),
      member: token,
      fraction: z.number().min(0).max(1),
      atMs: ms,
    }),
  ),
  'barrier.extended': message(
    'barrier',
    'workflow',
    'the deadline moved because members make progress',
    z.object({
      group: token,
      round: z.number().int().positive(),
      deadlineMs: ms,
      extensions: z.number().int().positive(),
      waitingFor: z.array(token),
    }),
  ),
  'barrier.closed': message(
    'barrier',
    'workflow',
    'the decision, once and for all; repeated until `barrier.recorded`',
    z.object({
      run: token,
      group: token,
      round: z.number().int().positive(),
      decision: barrierDecision,
      arrived: z.array(arrival),
      missing: z.array(token),
      reason: z.string(),
    }),
  ),
  'barrier.recorded': message(
    'workflow',
    'barrier',
    'the decision is journaled; the barrier may go',
    z.object({ run: token, group: token, round: z.number().int().positive() }),
  ),
  'barrier.cancel': message(
    'workflow',
    'barrier',
    'the run ends; no decision is wanted any more',
    z.object({ run: token, group: token }),
  ),
} as const;
