/**
 * A run that has ended without success, or with a conflict that a person has decided since, goes on: what is to run again is set back, under new attempts, epochs and generations, and
 * everything else stays. The end that was recorded stands in the journal; another one will follow it.
 */
import type { Received, RunOutcome } from '@tutti/contracts';
import { armSync, consider } from './admit.ts';
import { stepsAgain } from './again.ts';
import type { BarrierGroup } from './graph.ts';
import { decideUnopened } from './group.ts';
import { FRESH_GROUP, isOver, type RunContext, type StepState } from './model.ts';
import { openContext } from './open.ts';
import { answerState, refuse } from './refuse.ts';
import { armRunTimeout } from './start.ts';
import type { Turn } from './turn.ts';
import { validationsAgain } from './validation.ts';

const RETRIED: ReadonlySet<RunOutcome | undefined> = new Set([
  ...(['failed', 'partial', 'cancelled', 'timed_out'] as const),
  // Its conflicts stay open: what runs again writes on what it has seen, and decides nothing.
  'conflicted' as const,
]);

/** What followed from a place that a person has decided about may be done again, though all of it succeeded. */
const isDecided = ({ outcome, conflicts }: RunContext): boolean =>
  outcome === 'succeeded' && conflicts.some(({ resolved }) => resolved !== undefined);

export function retryRun(turn: Turn, event: Received<'run.retry'>): void {
  const { retryRequest } = turn.run;
  if (retryRequest === event.request) return answerState(turn);
  const again = refused(turn, event) ? undefined : stepsAgain(turn.run, turn.graph, event.step);
  if (again === undefined) return;
  if (again.size === 0)
    return refuse(turn, 'nothing_to_retry', `Every step of ${turn.run.run} succeeded; name one to run again`);
  goOn(turn, event, again);
  answerState(turn);
}

/** Why the run cannot be retried; true when that was said. */
function refused(turn: Turn, { step: from }: Received<'run.retry'>): boolean {
  const { run, phase, outcome, error } = turn.run;
  const no = (...why: [Parameters<typeof refuse>[1], string]): true => {
    refuse(turn, ...why);
    return true;
  };
  if (from !== undefined && (!turn.graph.step.has(from) || turn.graph.judgings.has(from)))
    return no('unknown_step', `The run ${run} has no step "${from}"`);
  if (phase !== 'ended') return no('run_active', `The run ${run} is ${phase}; only a run that has ended is retried`);
  const isRetried = RETRIED.has(outcome) || (from !== undefined && isDecided(turn.run));
  if (!isRetried) return no('nothing_to_retry', `The run ${run} ended ${outcome}: nothing is to run again`);
  if (error?.code === 'log_full') return no('log_full', `The journal of ${run} is full; submit the work as a new run`);
  return false;
}

function goOn(turn: Turn, { step: from, by, request }: Received<'run.retry'>, again: ReadonlySet<string>): void {
  const { definition, retries } = turn.run;
  turn.effects.push({ type: 'revive' });
  turn.set({
    ...{ phase: 'running', outcome: undefined, reason: undefined, error: undefined, endedAtMs: undefined },
    ...{ begunAtMs: turn.at, dueAtMs: turn.at + definition.timeoutMs, retries: retries + 1, retryRequest: request },
    // Asked for anew: a run that failed at once may have none, and it knows of no commit that is older than its order.
    opened: false,
    workOverAtMs: undefined,
  });
  const steps = definition.steps.map(({ id }) => id).filter((id) => again.has(id));
  const kept = definition.steps.length - steps.length;
  turn.emit({ type: 'run.retried', data: { by, ...(from === undefined ? {} : { from }), steps, kept } });
  openContext(turn);
  armSync(turn);
  armRunTimeout(turn);
  const reopened = groupsAgain(turn, again);
  const judged = validationsAgain(turn, again, new Set(reopened.map(({ id }) => id)));
  for (const id of [...steps, ...judged]) setBack(turn, id);
  for (const group of reopened) reopen(turn, group);
  for (const id of [...steps, ...judged]) consider(turn, id);
}

/** Nothing of the last attempt stays but its number. Its epoch is over at once: what it may still say is refused. */
function setBack(turn: Turn, id: string): void {
  const { generation } = turn.step(id);
  const { epoch } = turn.nextAttempt(id);
  const fresh: Partial<StepState> = {
    ...{ status: 'pending', epoch, generation: generation + 1, failures: 0, held: false, lease: undefined },
    ...{ unanswered: undefined, instance: undefined, version: undefined, waitsOn: undefined, error: undefined },
    ...{ readyAtMs: undefined, grantedAtMs: undefined, startedAtMs: undefined, endedAtMs: undefined },
    ...{ dueAtMs: undefined, answer: undefined, judged: undefined, cached: undefined },
  };
  turn.setStep(id, fresh);
}

/** A group one of whose members runs again decides again, and so does one whose decision nobody waited for any more. */
function groupsAgain(turn: Turn, again: ReadonlySet<string>): BarrierGroup[] {
  return [...turn.graph.barrier.values()].filter((group) => {
    const isComplete = group.steps.every((id) => turn.step(id).status === 'succeeded');
    const isCutOff = turn.group(group.id).decision === undefined && isComplete;
    return isCutOff || group.steps.some((id) => again.has(id));
  });
}

function reopen(turn: Turn, group: BarrierGroup): void {
  const state = turn.group(group.id);
  const filledBefore = state.filledBefore + state.filled + 1;
  turn.setGroup(group.id, { ...FRESH_GROUP, round: state.round + 1, filledBefore });
  if (group.steps.every((id) => isOver(turn.step(id)))) decideUnopened(turn, group);
}
