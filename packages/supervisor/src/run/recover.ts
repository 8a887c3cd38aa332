/** After a crash: a new owner finds out what is true before it starts anything. */
import type { Received } from '@tutti/contracts';
import { admit, consider, sync } from './admit.ts';
import { answersAgain } from './answer.ts';
import { armTimeout } from './attempt.ts';
import { cancelAttempt, keeping } from './cancel.ts';
import { stepsIn } from './graph.ts';
import { askGroupsAgain, fillAgain, memberStarted } from './group.ts';
import { leaseOf, letGo, takeUp } from './keep.ts';
import { isActive, isOver } from './model.ts';
import { openContext } from './open.ts';
import { decisionsAgain } from './resolve.ts';
import type { Turn } from './turn.ts';

/** How long a new owner waits for the survey of live instances before it goes on without, ms. */
export const SURVEY_TIMEOUT_MS = 10_000;

/**
 * The journal was replayed under a new ownership: nothing is started until the context has told what was committed, for
 * the journal may lack the last commits (they are `lazy`), and then the survey is in.
 */
export function recovered(turn: Turn, event: { readonly ownerEpoch: number; readonly owner: string }): void {
  turn.set({ ownerEpoch: event.ownerEpoch, owner: event.owner });
  // What has ended may still hold what it has to tell.
  if (turn.run.phase === 'ended') {
    decisionsAgain(turn);
    return sync(turn);
  }
  if (turn.run.phase === 'new') return;
  turn.set({ surveying: true });
  // That of an owner before may be overdue.
  turn.clearTimer('survey');
  if (turn.run.phase === 'running') turn.set({ phase: 'recovering' });
  openContext(turn);
  sync(turn);
}

/** The context has told its commits, or will never come: now live instances are asked what they still run. */
export function survey(turn: Turn): void {
  if (!turn.run.surveying) return;
  turn.custom('survey', { run: turn.run.run });
  turn.timer('survey', SURVEY_TIMEOUT_MS, { type: 'timer.survey', ...keeping(turn) });
}

/** Nobody has said what instances still run: any attempt may go on unheard, for `keepMs`. */
export function unsurveyed(turn: Turn, keepMs = 0): void {
  const active = [...stepsIn(turn.run)].filter(([, step]) => isActive(step));
  surveyed(turn, { found: [], unheard: active.map(([step]) => ({ step, keepMs })) });
}

/**
 * The attempts that live instances still run or report are adopted, or stopped if the run is being stopped or their step is
 * over; what nobody runs is started anew.
 */
export function surveyed(turn: Turn, event: Pick<Received<'attempt.surveyed'>, 'found' | 'unheard'>): void {
  if (!turn.run.surveying) return;
  turn.clearTimer('survey');
  turn.set({ surveying: false });
  if (turn.run.phase === 'recovering') turn.set({ phase: 'running' });
  const adopted = event.found.flatMap((found) => adopt(turn, found) ?? []);
  turn.emit({ type: 'run.recovered', data: { owner: turn.run.owner, adopted } });
  const keepMs = new Map(event.unheard?.map((row) => [row.step, row.keepMs]));
  for (const [id, step] of stepsIn(turn.run)) {
    if (isOver(step)) giveBackUnused(turn, id);
    else if (isActive(step) && !adopted.includes(id)) restart(turn, id, keepMs.get(id));
    else if (step.status === 'pending') consider(turn, id);
    else if (step.status === 'queued') restart(turn, id);
  }
  askGroupsAgain(turn);
  fillAgain(turn);
  answersAgain(turn);
  decisionsAgain(turn);
  sync(turn, { isNew: true });
}

/** A lease of a step that ended while nobody knew whether it was used. */
function giveBackUnused(turn: Turn, id: string): void {
  if (!turn.step(id).held) turn.release(id);
}

type Found = Received<'attempt.surveyed'>['found'][number];

function adopt(turn: Turn, found: Found): string | undefined {
  const definition = turn.graph.step.get(found.step);
  const step = turn.step(found.step);
  if (definition === undefined || found.epoch < step.epoch) return undefined;
  if (isOver(step)) return void stopFound(turn, found);
  const { attempt, epoch, instance } = found;
  turn.setStep(found.step, {
    ...{ status: 'running', ...runningAs(turn, found) },
    readyAtMs: step.readyAtMs ?? turn.at,
    startedAtMs: step.startedAtMs ?? turn.at,
    waitsOn: undefined,
  });
  armTimeout(turn, found.step, epoch);
  turn.emit({ type: 'step.adopted', data: { step: found.step, agent: definition.agent, attempt, epoch, instance } });
  // That it started may have been lost with the old owner: a group that nobody opened would be decided as never begun.
  memberStarted(turn, found.step);
  return found.step;
}

/** What an attempt that an instance runs has, whether the journal knew of it or not. */
function runningAs(turn: Turn, { step, attempt, epoch, instance }: Found) {
  const lease = leaseOf({ run: turn.run.run, step, epoch });
  takeUp(turn, lease);
  return { attempt, epoch, instance, home: undefined, lease, held: true };
}

/** Nobody wants it: it keeps its lease until it has stopped. What was committed is only told so. */
function stopFound(turn: Turn, found: Found): void {
  const { step: id, instance, run, attempt, epoch } = found;
  const step = turn.step(id);
  if (step.status === 'succeeded' && step.epoch === epoch) {
    const role = turn.graph.step.get(id)?.agent ?? '';
    const ref = { run, step: id, attempt, epoch };
    return turn.custom('record', { attempt: ref, role, instance, verdict: 'recorded' });
  }
  turn.setStep(id, runningAs(turn, found));
  cancelAttempt(turn, id, instance, 'the run no longer wants it');
}

/** A new attempt under the new ownership's epoch: whoever still works under the old one is refused. */
function restart(turn: Turn, id: string, keepMs?: number): void {
  turn.clearTimer(`step.${id}`);
  letGo(turn, id, keepMs);
  turn.setStep(id, { status: 'pending', attempt: Math.max(0, turn.step(id).attempt - 1) });
  admit(turn, id);
}
