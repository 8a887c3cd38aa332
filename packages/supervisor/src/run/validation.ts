/**
 * Validations within a run (see `judging.ts` for what they are made of): their time and the end of the run, which waits for
 * them. They change no outcome, and nothing waits for one.
 */
import { cancelStep, stopAttempt } from './cancel.ts';
import { type Judging, validationTimer, without } from './judging.ts';
import { isOver, type StepState } from './model.ts';
import type { Turn } from './turn.ts';

/** The validations that this run does. Of a plan of before there are none, whatever its definition asks for. */
const present = (turn: Turn): [Judging, StepState][] =>
  turn.run.plan.validations === undefined
    ? []
    : [...turn.graph.judgings.values()].map((judging) => [judging, turn.step(judging.id)]);

/** Its time begins when it could start: it may pass while it waits for the pool or for an agent. */
export function armValidation(turn: Turn, id: string): void {
  const judging = turn.graph.judgings.get(id);
  if (judging === undefined || turn.step(id).dueAtMs !== undefined) return;
  turn.setStep(id, { dueAtMs: turn.at + judging.step.timeoutMs });
  arm(turn, id);
}

function arm(turn: Turn, id: string): void {
  const { dueAtMs = turn.at } = turn.step(id);
  turn.timer(validationTimer(id), dueAtMs - turn.at, { type: 'timer.validation', step: id, dueAtMs });
}

/** Nobody has judged in time. */
export function validationTimedOut(turn: Turn, id: string, dueAtMs: number): void {
  const judging = turn.graph.judgings.get(id);
  const step = turn.step(id);
  if (judging === undefined || isOver(step) || step.dueAtMs !== dueAtMs) return;
  const waited = step.waitsOn === undefined ? '' : `; at last it waited: ${step.waitsOn.reason}`;
  const reason = `no verdict within ${judging.step.timeoutMs} ms after the join${waited}`;
  clearTimers(turn, id);
  stopAttempt(turn, id, reason);
  turn.setStep(id, { status: 'failed', endedAtMs: turn.at, waitsOn: undefined });
  turn.endValidation(judging, without('timed_out', reason));
}

/** It is over: nothing of it is waited for any more. */
export function clearTimers(turn: Turn, id: string): void {
  for (const timer of [`step.${id}`, `retry.${id}`, validationTimer(id)]) turn.clearTimer(timer);
}

/** Time stands still for what is not over. */
export function pauseValidations(turn: Turn): void {
  for (const [{ id }, step] of present(turn)) if (!isOver(step)) turn.clearTimer(validationTimer(id));
}

export function resumeValidations(turn: Turn, sinceMs: number): void {
  for (const [{ id }, step] of present(turn)) {
    if (isOver(step) || step.dueAtMs === undefined) continue;
    const stoodMs = turn.at - Math.max(sinceMs, step.readyAtMs ?? 0);
    turn.setStep(id, { dueAtMs: step.dueAtMs + stoodMs });
    arm(turn, id);
  }
}

/**
 * Whether nothing is left of the run but validations: it has its outcome, and only their end to wait for. By what was noted at the
 * end of an earlier turn, for in the one in which the last group decides the run may still fail.
 */
export const isOnlyValidating = (turn: Turn): boolean =>
  turn.run.workOverAtMs !== undefined && present(turn).some(([, step]) => !isOver(step));

/** Every step of the definition is over, every group has decided. */
function isWorkOver(turn: Turn): boolean {
  for (const { id } of turn.run.definition.steps) if (!isOver(turn.step(id))) return false;
  for (const id of turn.graph.barrier.keys()) if (turn.group(id).phase !== 'closed') return false;
  return true;
}

/** Notes once when the work was over, for a run that validates takes longer than its plan, which knows nothing of that. */
export function noteWorkOver(turn: Turn): void {
  if (turn.run.workOverAtMs !== undefined || turn.run.plan.validations === undefined) return;
  if (isWorkOver(turn)) turn.set({ workOverAtMs: turn.at });
}

/** Ends what is left: whoever stops a run whose work is over stops its validations, and its outcome stays. */
export function stopValidations(turn: Turn, reason: string): void {
  for (const [{ id }, step] of present(turn)) if (!isOver(step)) cancelStep(turn, id, reason);
}

/** How many ended how; undefined where the run has none. */
export function countVerdicts(turn: Turn): Record<string, number> | undefined {
  const all = present(turn);
  if (all.length === 0) return undefined;
  const counts: Record<string, number> = {};
  for (const [, { judged }] of all)
    if (judged !== undefined) counts[judged.verdict] = (counts[judged.verdict] ?? 0) + 1;
  return counts;
}

/** What is judged again when a run is retried: what follows from steps that run again, and what the end of the run cut off. */
export const validationsAgain = (turn: Turn, again: ReadonlySet<string>, reopened: ReadonlySet<string>): string[] =>
  present(turn).flatMap(([{ id, group, of }, { status }]) =>
    again.has(of) || reopened.has(group) || status === 'cancelled' ? [id] : [],
  );
