/** Groups within a run: opening barriers, telling arrivals, acting on decisions. */
import { type Arrival, type BarrierRules, decisionOf, type MemberStatus, type Received } from '@tutti/contracts';
import { admit } from './admit.ts';
import { cancelStep } from './cancel.ts';
import { conclude } from './conclude.ts';
import { askFill, fill } from './fill.ts';
import type { BarrierGroup } from './graph.ts';
import { move } from './group-state.ts';
import { isOver, isStopping } from './model.ts';
import type { Turn } from './turn.ts';

const groupOf = (turn: Turn, step: string): BarrierGroup | undefined =>
  turn.graph.barrier.get(turn.graph.step.get(step)?.groupId ?? '');

/** A member runs: the barrier of its group opens with the first one. */
export function memberStarted(turn: Turn, step: string): void {
  const group = groupOf(turn, step);
  if (group === undefined) return;
  const { phase } = turn.group(group.id);
  if (phase !== 'waiting' && phase !== 'falling_back') return;
  move(turn, group.id, { type: 'member.started', at: turn.at });
  if (turn.run.paused === undefined) openBarrier(turn, group);
  const deadlineMs = turn.at + group.barrier.timeoutMs;
  turn.emit({ type: 'group.opened', data: { group: group.id, members: group.steps, deadlineMs } });
}

/** Opens or re-opens the barrier: the same deadline, the arrivals so far. */
export function openBarrier(turn: Turn, group: BarrierGroup): void {
  const { round, openedAtMs, extensions, queue } = turn.group(group.id);
  // In the second round those in line have not ended yet: how they ended in the first one counts no more.
  const inLine = new Set(queue);
  turn.ask(`barrier:${group.id}`, turn.barrierSubject(group.id), {
    type: 'barrier.open',
    run: turn.run.run,
    group: group.id,
    round,
    ownerEpoch: turn.run.ownerEpoch,
    replyTo: turn.ownSubject(),
    members: group.steps,
    openedAtMs,
    extensions,
    rules: rulesOf(group),
    arrivals: group.steps.flatMap((id) => (inLine.has(id) ? [] : (arrivalOf(turn, id) ?? []))),
  });
}

/**
 * Asks again for what each group waits for: a barrier that crashed, or did not hear of an arrival, knows everything
 * afterwards, and a commit that died with an owner is made.
 */
export function askGroupsAgain(turn: Turn): void {
  if (turn.run.paused !== undefined) return;
  for (const group of turn.graph.barrier.values()) if (turn.group(group.id).phase === 'open') openBarrier(turn, group);
}

/** Defaults that nobody has acknowledged are written again. */
export function fillAgain(turn: Turn): void {
  for (const group of turn.graph.barrier.values()) if (turn.group(group.id).phase !== 'open') askFill(turn, group);
}

function rulesOf({ barrier }: BarrierGroup): BarrierRules {
  const { successCriteria: success } = barrier;
  return {
    timeoutMs: barrier.timeoutMs,
    success: success.kind === 'quorum' ? { quorum: success.count } : success.kind,
    onPartial: barrier.partialFailureHandling,
    extensionMs: barrier.extension.byMs,
    maxExtensions: barrier.extension.max,
  };
}

function arrivalOf(turn: Turn, id: string): Arrival | undefined {
  const step = turn.step(id);
  if (!isOver(step)) return undefined;
  const version = step.version === undefined ? {} : { version: step.version };
  return { member: id, status: step.status as MemberStatus, atMs: step.endedAtMs ?? turn.at, ...version };
}

/** Tells the barrier that a member ended; false when the step has no barrier to decide about it. */
export function arrive(turn: Turn, step: string, status: MemberStatus): boolean {
  const group = groupOf(turn, step);
  if (group === undefined) return false;
  const { phase, round, queue } = turn.group(group.id);
  if (phase === 'closed' || phase === 'filling') return false;
  if (queue.length > 0) return nextInLine(turn, group, step);
  if (phase === 'waiting') return decideUnopened(turn, group);
  // Nobody joins a paused run: its barrier hears of all arrivals when the run goes on.
  if (turn.run.paused !== undefined) return true;
  const arrival = arrivalOf(turn, step) ?? { member: step, status, atMs: turn.at };
  turn.tell(turn.barrierSubject(group.id), {
    type: 'barrier.arrive',
    run: turn.run.run,
    group: group.id,
    round,
    arrival,
  });
  return true;
}

/** Members that all ended without one ever running (skipped, or failed before they started) need no barrier. */
export function decideUnopened(turn: Turn, group: BarrierGroup): boolean {
  if (!group.steps.every((id) => isOver(turn.step(id)))) return true;
  // A commit can be the first that this owner hears of a member: its barrier decides, as if it had been open.
  const [first] = group.steps.filter((id) => turn.step(id).status === 'succeeded');
  if (turn.group(group.id).phase === 'waiting' && first !== undefined) {
    memberStarted(turn, first);
    return true;
  }
  decide(turn, group, 'aborted', group.steps, 'no member could start', false);
  return true;
}

export function memberProgress(turn: Turn, step: string, fraction: number): void {
  const group = groupOf(turn, step);
  if (group === undefined || turn.group(group.id).phase !== 'open') return;
  const { round } = turn.group(group.id);
  turn.tell(turn.barrierSubject(group.id), {
    type: 'barrier.progress',
    run: turn.run.run,
    group: group.id,
    round,
    member: step,
    fraction,
    atMs: turn.at,
  });
}

export function extended(turn: Turn, event: Received<'barrier.extended'>): void {
  const group = turn.group(event.group);
  if (group.phase !== 'open' || event.round !== group.round || event.extensions <= group.extensions) return;
  move(turn, event.group, { type: 'barrier.extended', extensions: event.extensions });
  turn.emit({
    type: 'group.extended',
    data: { group: event.group, deadlineMs: event.deadlineMs, waitingFor: event.waitingFor },
  });
}

/** The barrier decided. It repeats itself until it hears that this is journaled; only the first time counts. */
export function closed(turn: Turn, event: Received<'barrier.closed'>): void {
  const group = turn.graph.barrier.get(event.group);
  const state = turn.group(event.group);
  const { run, round } = event;
  // The journal may lack commits until the context has told them: the barrier says its decision again.
  if (turn.run.surveying) return;
  turn.tell(turn.barrierSubject(event.group), { type: 'barrier.recorded', run, group: event.group, round });
  if (group === undefined || state.phase !== 'open' || round !== state.round) return;
  // The journal is the truth: the barrier may not have heard of members that succeeded. Its rule decides about all of them.
  const missing = event.missing.filter((id) => turn.step(id).status !== 'succeeded');
  const members = group.steps.length;
  const decision = decisionOf(rulesOf(group), members, members - missing.length);
  const reason = decision === event.decision ? event.reason : `${members - missing.length} of ${members} succeeded`;
  const canRun = group.steps.some((id) => !['succeeded', 'skipped'].includes(turn.step(id).status));
  const mayFallBack = group.barrier.fallback === 'sequential' && turn.run.phase === 'running' && canRun;
  decide(turn, group, decision, missing, reason, mayFallBack);
}

function decide(
  turn: Turn,
  group: BarrierGroup,
  decision: 'complete' | 'partial' | 'aborted',
  missing: readonly string[],
  reason: string,
  mayFallBack: boolean,
): void {
  const mustFill = Object.keys(group.barrier.defaults).length > 0;
  const base = turn.run.version;
  move(turn, group.id, { type: 'barrier.decided', decision, missing, base, mayFallBack, mustFill });
  for (const id of group.steps) if (!isOver(turn.step(id))) cancelStep(turn, id, `barrier of "${group.id}": ${reason}`);
  const succeeded = group.steps.filter((id) => turn.step(id).status === 'succeeded');
  const notice = decision === 'complete' ? undefined : group.barrier.notices?.[decision];
  const data = { group: group.id, decision, succeeded, missing: [...missing], reason, ...notice };
  turn.emit({ type: 'group.closed', data });
  const { phase } = turn.group(group.id);
  if (phase === 'falling_back') return fallBack(turn, group);
  if (phase === 'filling') return fill(turn, group);
  conclude(turn, group, reason);
}

/** Runs the members that did not succeed once more, one after another. */
function fallBack(turn: Turn, group: BarrierGroup): void {
  const queue = group.steps.filter((id) => turn.step(id).status === 'failed' || turn.step(id).status === 'cancelled');
  if (queue.length === 0) return conclude(turn, group, 'nothing to run again');
  turn.setGroup(group.id, { ...turn.group(group.id), queue });
  turn.emit({ type: 'group.fallback', data: { group: group.id, members: queue } });
  startNext(turn, group);
}

function startNext(turn: Turn, group: BarrierGroup): void {
  const { queue } = turn.group(group.id);
  const [next] = queue;
  // An attempt that still stops keeps its lease: `memberStopped` goes on from there.
  if (next === undefined || isStopping(turn.step(next))) return;
  turn.setStep(next, { status: 'pending', failures: 0, endedAtMs: undefined, error: undefined });
  admit(turn, next);
}

/** A member's attempt has stopped: it is run again if it is its turn, and nothing is decided yet. */
export function memberStopped(turn: Turn, step: string): void {
  const group = groupOf(turn, step);
  if (group === undefined) return;
  const { phase, queue } = turn.group(group.id);
  const isDecided = phase === 'filling' || phase === 'closed';
  if (!isDecided && queue[0] === step && isOver(turn.step(step))) startNext(turn, group);
}

/** In the second round a member that ended lets the next one start; the last one lets the barrier decide. */
function nextInLine(turn: Turn, group: BarrierGroup, step: string): boolean {
  const state = turn.group(group.id);
  const queue = state.queue.filter((id) => id !== step);
  turn.setGroup(group.id, { ...state, queue });
  if (queue.length > 0) startNext(turn, group);
  if (turn.group(group.id).phase === 'falling_back' && queue.length === 0) return decideUnopened(turn, group);
  const arrival = arrivalOf(turn, step);
  if (arrival !== undefined) {
    turn.tell(turn.barrierSubject(group.id), {
      type: 'barrier.arrive',
      run: turn.run.run,
      group: group.id,
      round: turn.group(group.id).round,
      arrival,
    });
  }
  return true;
}
