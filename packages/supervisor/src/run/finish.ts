/** How a run ends: at its goal, by failure, by request or by time. */
import type { ErrorBody, RunOutcome, StepStatus } from '@tutti/contracts';
import { cancelStep } from './cancel.ts';
import { stepsIn } from './graph.ts';
import { closeGroups } from './group-state.ts';
import { retireIfDone } from './keep.ts';
import { decidingOf, isOver, openConflicts } from './model.ts';
import type { Turn } from './turn.ts';
import { countVerdicts, isOnlyValidating, noteWorkOver, stopValidations } from './validation.ts';

/**
 * Stops everything; the run ends once no attempt holds a lease any more. Only the first call decides the outcome, and none does
 * once all work is over and only validations are left, or decisions that are being stored.
 */
export function stopRun(turn: Turn, outcome: RunOutcome, reason: string, error?: ErrorBody): void {
  if (turn.run.phase === 'ended' || turn.run.phase === 'cancelling') return;
  if (isOnlyValidating(turn)) return stopValidations(turn, reason);
  if (turn.run.phase === 'running' && decidingOf(turn.run).length > 0 && isWorkOver(turn)) return end(turn, turn.at);
  turn.set({ phase: 'cancelling', outcome, reason, error, paused: undefined });
  turn.emit({ type: 'run.cancelling', data: { reason } });
  closeGroups(turn);
  for (const [id] of stepsIn(turn.run)) cancelStep(turn, id, reason);
}

export const failRun = (turn: Turn, reason: string, error?: ErrorBody): void => stopRun(turn, 'failed', reason, error);

/**
 * Ends the run when nothing is left to do, no lease is held, nobody may work for it unknown, and its context is there: a run
 * that failed before has one all the same. Called once, at the end of each turn.
 */
export function endIfOver(turn: Turn): void {
  const { phase, opened, surveying } = turn.run;
  if (!opened || surveying) return;
  if (phase !== 'running' && phase !== 'cancelling') return;
  noteWorkOver(turn);
  if (!isWorkOver(turn)) return;
  // What a person has decided already may make it another end.
  if (phase === 'running' && decidingOf(turn.run).length > 0) return;
  end(turn, turn.at);
}

/** Steps and validations are over and hold nothing, and the groups have decided. */
function isWorkOver(turn: Turn): boolean {
  const { steps } = turn.run;
  if (!steps.every((step) => isOver(step) && !step.held)) return false;
  for (const id of turn.graph.barrier.keys()) if (turn.group(id).phase !== 'closed') return false;
  return true;
}

/**
 * A conflict of a run that is over was decided. Its end is told again: whoever follows it from there is told that nothing else will
 * come, and where no conflict is open any more it is the end that the run would have had without.
 */
export function endAgain(turn: Turn): void {
  const { outcome, endedAtMs = turn.at } = turn.run;
  if (outcome === 'conflicted') turn.set({ outcome: undefined, reason: undefined });
  end(turn, endedAtMs, { again: true });
}

function end(turn: Turn, endedAtMs: number, told: { readonly again?: true } = {}): void {
  const { run, definition, plan, begunAtMs, workOverAtMs = endedAtMs } = turn.run;
  const count = (status: StepStatus): number =>
    definition.steps.filter(({ id }) => turn.step(id).status === status).length;
  const { outcome, reason } = verdict(turn);
  const validations = countVerdicts(turn);
  turn.set({ phase: 'ended', outcome, reason, endedAtMs, paused: undefined });
  turn.clearTimer('run');
  turn.emit({
    type: 'run.finished',
    data: {
      outcome,
      reason,
      makespanMs: workOverAtMs - begunAtMs,
      plannedMs: plan.makespanMs,
      lowerBoundMs: plan.lowerBoundMs,
      sequentialMs: plan.sequentialMs,
      succeeded: count('succeeded'),
      failed: count('failed'),
      skipped: count('skipped'),
      cancelled: count('cancelled'),
      conflicts: openConflicts(turn.run).length,
      ...(validations === undefined ? {} : { validations }),
      ...told,
    },
  });
  turn.custom('ended', { run, workflow: definition.id, outcome });
  // Nobody hears of an outcome that could still become another one, also where the run stays for what it keeps of the pool.
  turn.effects.push({ type: 'firm' });
  retireIfDone(turn);
}

const waiting = (conflicts: number): string =>
  conflicts === 1 ? 'a conflict of the context waits' : `${conflicts} conflicts of the context wait`;

/** A failure that had ended the run before it was retried from elsewhere: it still stands. */
function brokenBefore(turn: Turn): string | undefined {
  if (turn.run.retries === 0) return undefined;
  const failed = turn.run.definition.steps.filter(
    ({ id, onFailure }) => onFailure === 'fail_run' && turn.step(id).status === 'failed',
  );
  return failed.find(({ groupId = '' }) => {
    return !turn.graph.barrier.has(groupId) || turn.group(groupId).decision === 'aborted';
  })?.id;
}

/** The outcome by what became of the steps, unless the run was stopped with one. */
function verdict(turn: Turn): { readonly outcome: RunOutcome; readonly reason: string } {
  const { outcome, reason, definition } = turn.run;
  const conflicts = openConflicts(turn.run);
  if (outcome !== undefined) return { outcome, reason: reason ?? outcome };
  if (conflicts.length > 0) return { outcome: 'conflicted', reason: `${waiting(conflicts.length)} for a person` };
  const without = definition.steps.map(({ id }) => id).filter((id) => turn.step(id).status !== 'succeeded');
  const broken = brokenBefore(turn);
  if (broken !== undefined) return { outcome: 'failed', reason: `step "${broken}" has failed, and was not retried` };
  if (without.length === 0) return { outcome: 'succeeded', reason: 'every step succeeded' };
  return { outcome: 'partial', reason: `without ${without.slice(0, 8).join(', ')}` };
}
