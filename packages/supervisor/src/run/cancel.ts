/** Stopping steps: whoever stops one (the run's end, a barrier, a time-out) does it here. */
import { type AttemptRef, keepMsOf } from '@tutti/contracts';
import { stepIn } from './graph.ts';
import { isOver, type RunContext } from './model.ts';
import type { Turn } from './turn.ts';

/** Time a cancelled attempt gets to stop before the run goes on without, ms. */
export const STOP_GRACE_MS = 5_000;

/** Stops an active step. Its lease stays until the instance has stopped, so that the pool is never exceeded. */
export function cancelStep(turn: Turn, id: string, reason: string): void {
  const step = turn.step(id);
  if (isOver(step)) return;
  turn.clearTimer(`step.${id}`);
  turn.clearTimer(`retry.${id}`);
  stopAttempt(turn, id, reason);
  turn.setStep(id, { status: 'cancelled', endedAtMs: turn.at, waitsOn: undefined });
  turn.emit({ type: 'step.cancelled', data: { step: id, reason } });
  turn.touched.push(`step:${id}`);
}

/**
 * Nobody wants the present attempt any more: it is stopped where it runs, and a lease that nobody uses goes back. Until the
 * survey is in, somebody may use it.
 */
export function stopAttempt(turn: Turn, id: string, reason: string): void {
  const { status, instance, epoch } = turn.step(id);
  if (status === 'running' && instance !== undefined) cancelAttempt(turn, id, instance, reason);
  else if (status === 'placing') armStop(turn, id, epoch);
  else if (!turn.run.surveying) turn.release(id);
}

/** Tells an instance to stop, and gives it a limited time for it. */
export function cancelAttempt(turn: Turn, id: string, instance: string, reason: string): void {
  tellCancel(turn, id, instance, reason);
  armStop(turn, id, turn.step(id).epoch);
}

const armStop = (turn: Turn, step: string, epoch: number): void =>
  turn.timer(`stop.${step}`, STOP_GRACE_MS, { type: 'timer.stop', step, epoch, ...keeping(turn) });

/** For how long an attempt may go on that was told to stop and says nothing; part of the event that gives it up. */
export const keeping = ({ options: { aloneMs } }: Turn): { readonly keepMs?: number } =>
  aloneMs === 0 ? {} : { keepMs: keepMsOf(aloneMs) };

/**
 * Whether nobody waits for an attempt that an instance says it runs: a cancel is one message and may be lost, so it is told
 * again whenever a beat shows that.
 */
export function isUnwanted(run: RunContext, { step: id, epoch }: AttemptRef, instance: string): boolean {
  const step = stepIn(run, id);
  if (step === undefined) return false;
  const isElsewhere = step.status === 'running' && step.epoch === epoch && step.instance !== instance;
  return isOver(step) || epoch < step.epoch || isElsewhere;
}

export function tellCancel(turn: Turn, id: string, instance: string, reason: string): void {
  const { attempt, epoch } = turn.step(id);
  const role = turn.graph.step.get(id)?.agent ?? '';
  turn.tell(turn.subjects.of('instance', { role, instance }), {
    type: 'attempt.cancel',
    run: turn.run.run,
    step: id,
    attempt,
    epoch,
    reason,
  });
}
