/**
 * Pausing and going on. A paused run starts nothing: no request to the pool, no order to an instance. What runs goes on, and
 * what comes of it is committed. Time stands still for what waits: the deadlines of open barriers, the time for answers and the
 * run's own time-out move by as long as the pause lasted, so that no pause fails a run. Answers are taken all the while. An attempt's time-out goes on, as its work does.
 */
import type { Received } from '@tutti/contracts';
import { consider, hold } from './admit.ts';
import { stepsIn } from './graph.ts';
import { openBarrier } from './group.ts';
import { isOver, type StepState } from './model.ts';
import { answerState, refuseEnding } from './refuse.ts';
import { armRunTimeout } from './start.ts';
import type { Turn } from './turn.ts';
import { pauseValidations, resumeValidations } from './validation.ts';
import { armWait } from './waiting.ts';

export function pause(turn: Turn, { by, reason }: Received<'run.pause'>): void {
  if (refuseEnding(turn)) return;
  if (turn.run.paused === undefined) {
    turn.set({ paused: { sinceMs: turn.at, by, ...(reason === undefined ? {} : { reason }) } });
    turn.emit({ type: 'run.paused', data: { by, ...(reason === undefined ? {} : { reason }) } });
    turn.clearTimer('run');
    for (const [id, step] of stepsIn(turn.run)) {
      if (waitsToStart(step)) giveBack(turn, id);
      if (waitsForAnswer(step)) turn.clearTimer(`step.${id}`);
    }
    for (const id of turn.graph.barrier.keys()) suspend(turn, id);
    pauseValidations(turn);
  }
  answerState(turn);
}

/** It asks the pool, or waits for an instance to come: both are asked anew. What waits for a time is held when that is over. */
const waitsToStart = ({ status, waitsOn }: StepState): boolean =>
  status === 'queued' || (status === 'backoff' && waitsOn?.kind === 'instance');

const waitsForAnswer = ({ status, answer }: StepState): boolean => status === 'waiting' && answer === undefined;

function giveBack(turn: Turn, id: string): void {
  const { paused } = turn.run;
  const { status, attempt } = turn.step(id);
  // Until the survey is in, the step may be running: what nobody runs is held then.
  if (paused === undefined || turn.run.surveying) return;
  turn.release(id);
  // The attempt of a queued step has not begun; that of a step that waits for an instance was taken back already.
  if (status === 'queued') turn.setStep(id, { attempt: attempt - 1 });
  hold(turn, id, paused);
}

/** A decision that is under way counts no more: it is of an older round than the one that opens when the run goes on. */
function suspend(turn: Turn, group: string): void {
  const state = turn.group(group);
  if (state.phase !== 'open') return;
  turn.setGroup(group, { ...state, round: state.round + 1 });
  turn.tell(turn.barrierSubject(group), { type: 'barrier.cancel', run: turn.run.run, group });
}

export function resume(turn: Turn, { by }: Received<'run.resume'>): void {
  if (refuseEnding(turn)) return;
  const { paused } = turn.run;
  if (paused !== undefined) {
    const pausedMs = turn.at - paused.sinceMs;
    turn.set({ paused: undefined, dueAtMs: turn.run.dueAtMs + pausedMs });
    turn.emit({ type: 'run.resumed', data: { by, pausedMs } });
    armRunTimeout(turn);
    resumeValidations(turn, paused.sinceMs);
    for (const group of turn.graph.barrier.values()) {
      const state = turn.group(group.id);
      if (state.phase !== 'open') continue;
      const stoodMs = turn.at - Math.max(paused.sinceMs, state.openedAtMs);
      turn.setGroup(group.id, { ...state, openedAtMs: state.openedAtMs + stoodMs });
      if (!turn.run.surveying) openBarrier(turn, group);
    }
    for (const [id, step] of stepsIn(turn.run)) {
      if (waitsForAnswer(step)) prolong(turn, id, paused.sinceMs);
      else if (!isOver(step)) consider(turn, id);
    }
  }
  answerState(turn);
}

/** Whoever is to answer has as much time as before. */
function prolong(turn: Turn, id: string, sinceMs: number): void {
  const { dueAtMs = turn.at, startedAtMs = 0 } = turn.step(id);
  turn.setStep(id, { dueAtMs: dueAtMs + turn.at - Math.max(sinceMs, startedAtMs) });
  armWait(turn, id);
}
