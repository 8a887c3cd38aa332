/** The verdict of an agent on what another made: told once, kept in the journal, and of no consequence for the run. */
import type { AttemptRef, ValidationAnswer } from '@tutti/contracts';
import { began, stopped } from './attempt.ts';
import { isOver, isStopping } from './model.ts';
import type { Turn } from './turn.ts';
import { clearTimers } from './validation.ts';

/** To be journaled: an agent has judged. */
export interface ValidationDone extends AttemptRef {
  readonly role: string;
  readonly instance: string;
  /** By the clock of its process. */
  readonly durationMs: number;
  readonly result: ValidationAnswer;
}

/** An agent has judged. Repeats change nothing. */
export function validated(turn: Turn, event: ValidationDone): void {
  const { run, step: id, attempt, epoch, role, instance, durationMs, result } = event;
  const judging = turn.graph.judgings.get(id);
  const before = turn.step(id);
  // Its time ended while this was on its way.
  if (epoch === before.epoch && isStopping(before)) return stopped(turn, event);
  const isFresh = epoch === before.epoch && (!isOver(before) || before.status === 'succeeded');
  turn.custom('record', {
    ...{ attempt: { run, step: id, attempt, epoch }, role, instance },
    verdict: isFresh ? 'recorded' : 'stale_epoch',
  });
  if (judging === undefined || !isFresh || isOver(before)) return;
  if (before.status === 'placing') {
    began(turn, id, event, Math.max(before.grantedAtMs ?? 0, turn.at - durationMs));
  }
  clearTimers(turn, id);
  turn.release(id);
  turn.setStep(id, { status: 'succeeded', instance, endedAtMs: turn.at, waitsOn: undefined, error: undefined });
  turn.endValidation(judging, result);
}
