/**
 * An attempt that no instance took. Its lease goes back. Waiting for an instance is a matter of the node's memory: the run
 * says what it waits for, again with each sync, and the node tells it when an instance is there; nothing is journaled
 * meanwhile, however long that takes.
 */
import type { Received } from '@tutti/contracts';
import { admit, hold } from './admit.ts';
import { tellUnused } from './attempt.ts';
import { stepsIn } from './graph.ts';
import { isKept, leaseOf, letGo } from './keep.ts';
import { isStopping, type StepState } from './model.ts';
import { say } from './say.ts';
import type { Turn } from './turn.ts';

/** Pause after a placement that got no answer, ms; doubled by each one that follows, up to the longest. */
const NO_ANSWER_MS = 1_000;
const LONGEST_MS = 30_000;
/** Pause of a retry that is due while the run is being recovered, ms. */
const RECOVERING_MS = 1_000;

export function unplaced(turn: Turn, event: Received<'attempt.unplaced'>): void {
  const id = event.step;
  const step = turn.step(id);
  // No run may end by this event, for it is not journaled: what is stopping hears by another that nothing was begun.
  const isHeldInVain = (isStopping(step) && step.epoch === event.epoch) || isKept(turn, leaseOf(event));
  if (isHeldInVain && event.keepMs === undefined) return tellUnused(turn, event);
  if (step.epoch !== event.epoch || step.status !== 'placing') return;
  const agent = turn.graph.step.get(id)?.agent ?? '';
  letGo(turn, id, event.keepMs);
  turn.setStep(id, { status: 'backoff', attempt: step.attempt - 1 });
  if (turn.run.paused !== undefined) return hold(turn, id, turn.run.paused);
  if (event.reason === 'no_answer') return pause(turn, id, agent);
  const hasHeard = event.reason === 'no_agent';
  const reason = hasHeard ? noneOf(agent) : `every instance of "${agent}" is busy`;
  say(turn, id, { kind: 'instance', names: [agent], reason, sinceMs: turn.at });
  turn.custom('await', { role: agent, hasHeard });
}

const noneOf = (agent: string): string => `no live instance offers "${agent}"; start one with \`tutti agent start\``;

/** Neither instance nor context store is known to be missing: only time can tell. */
function pause(turn: Turn, id: string, agent: string): void {
  const unanswered = (turn.step(id).unanswered ?? 0) + 1;
  turn.setStep(id, { unanswered });
  const inMs = Math.min(LONGEST_MS, NO_ANSWER_MS * 2 ** (unanswered - 1));
  const reason = `neither its input nor an instance of "${agent}" answered; tries again in ${inMs} ms`;
  say(turn, id, { kind: 'backoff', names: [agent], reason, sinceMs: turn.at });
  turn.timer(`retry.${id}`, inMs, { type: 'timer.retry', step: id });
}

const awaitsInstance = ({ status, waitsOn }: StepState): boolean =>
  status === 'backoff' && waitsOn?.kind === 'instance';

/** Tells the node again what this run waits for: another node may not know it. */
export function awaitAgain(turn: Turn): void {
  const roles = new Map<string, boolean>();
  for (const step of turn.run.steps) {
    if (!awaitsInstance(step)) continue;
    const [role = ''] = step.waitsOn?.names ?? [];
    roles.set(role, (roles.get(role) ?? true) && step.waitsOn?.reason === noneOf(role));
  }
  for (const [role, hasHeard] of roles) turn.custom('await', { role, hasHeard });
}

/** An instance came: steps that wait for one ask the pool again. */
export function instanceAvailable(turn: Turn, role: string): void {
  if (turn.run.phase !== 'running') return;
  for (const [id, step] of stepsIn(turn.run)) {
    if (awaitsInstance(step) && step.waitsOn?.names[0] === role) admit(turn, id);
  }
}

/** The pause is over. */
export function retry(turn: Turn, id: string): void {
  if (turn.step(id).status !== 'backoff') return;
  // Nothing is started until the survey is in; a pause that is over by then must not be the last one.
  if (turn.run.phase === 'recovering')
    return turn.timer(`retry.${id}`, RECOVERING_MS, { type: 'timer.retry', step: id });
  if (turn.run.phase !== 'running') return;
  turn.clearTimer(`retry.${id}`);
  admit(turn, id);
}
