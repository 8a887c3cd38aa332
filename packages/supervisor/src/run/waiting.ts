/** A step that no agent runs begins to wait: for a person, or for a signal. It asks nobody and holds nothing. */
import type { StepWait, WaitsOn } from '@tutti/contracts';
import { ready, say } from './say.ts';
import type { Turn } from './turn.ts';

/** Of what is asked, characters that are told with the wait; all of it stands in the definition. */
const MAX_ASKED = 500;

export function beginWait(turn: Turn, id: string, wait: StepWait): void {
  ready(turn, id);
  const { attempt, epoch } = turn.nextAttempt(id);
  const timeoutMs = turn.graph.step.get(id)?.timeoutMs ?? 0;
  turn.setStep(id, {
    ...{ status: 'waiting', attempt, epoch, answer: undefined },
    ...{ startedAtMs: turn.at, dueAtMs: turn.at + timeoutMs },
  });
  armWait(turn, id);
  say(turn, id, waitOf(wait, turn.at));
  if (wait.for === 'signal') takeEarlier(turn, wait.signal);
}

/** A signal that was given before is taken like one that comes now. */
export function takeEarlier(turn: Turn, name: string): void {
  if (turn.run.signals[name] !== undefined) turn.custom('self', { type: 'signal.there', name });
}

const waitOf = (wait: StepWait, sinceMs: number): WaitsOn => {
  const reason = (wait.ask ?? '').slice(0, MAX_ASKED);
  return wait.for === 'approval'
    ? { kind: 'person', names: [], reason, sinceMs }
    : { kind: 'signal', names: [wait.signal], reason, sinceMs };
};

/** What is left of the time that somebody has to answer. */
export function armWait(turn: Turn, id: string): void {
  const { epoch, dueAtMs = turn.at } = turn.step(id);
  turn.timer(`step.${id}`, dueAtMs - turn.at, { type: 'timer.wait', step: id, epoch });
}
