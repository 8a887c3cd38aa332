/** Answers to people's orders. */
import { type ErrorBody, type ErrorCode, TuttiError } from '@tutti/contracts';
import type { Turn } from './turn.ts';
import { viewOf } from './view.ts';

/** How the run stands after the order. */
export const answerState = (turn: Turn): void => turn.reply({ type: 'run.state', ...viewOf(turn.run) });

export function refuse(turn: Turn, code: ErrorCode, message: string, details: Record<string, unknown> = {}): void {
  turn.reply({ type: 'error', error: new TuttiError(code, message, { details }).toData() as ErrorBody });
}

/** A run that is over, or is being stopped, takes no such order; true when it was refused. */
export function refuseEnding(turn: Turn): boolean {
  const { run, phase, outcome } = turn.run;
  if (phase !== 'ended' && phase !== 'cancelling') return false;
  const how = phase === 'ended' ? 'is over' : 'is being stopped';
  refuse(turn, 'run_finished', `The run ${run} ${how}: ${outcome}`);
  return true;
}
