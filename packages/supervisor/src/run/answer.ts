/**
 * Answers to steps that wait for a person or a signal. The first one counts: it is in the run's journal before anybody hears of
 * it, so of two at once one is refused with the name of the other. It is then committed like the result of an agent.
 */
import {
  type Answer,
  type ErrorBody,
  type ErrorCode,
  type Received,
  type StepWait,
  TuttiError,
  type WorkflowJson,
} from '@tutti/contracts';
import { readsAfter } from './admit.ts';
import { giveUp } from './attempt.ts';
import { answerState, refuse, refuseEnding } from './refuse.ts';
import type { Turn } from './turn.ts';
import { takeEarlier } from './waiting.ts';

/** Who answers when nobody did. */
const NOBODY = 'the time-out';

export function approve(turn: Turn, event: Received<'run.approve'>): void {
  const { step: id, approved, by, comment } = event;
  const definition = turn.graph.step.get(id);
  if (definition === undefined) return refuse(turn, 'unknown_step', `The run ${turn.run.run} has no step "${id}"`);
  const { status, answer: first } = turn.step(id);
  const given: Answer = { how: 'person', by, atMs: turn.at, approved, ...(comment === undefined ? {} : { comment }) };
  if (first !== undefined && definition.wait?.for === 'approval') return again(turn, `"${id}"`, first, given);
  if (refuseEnding(turn)) return;
  if (status !== 'waiting' || definition.wait?.for !== 'approval') {
    const what = definition.wait?.for === 'approval' ? `is ${status}` : 'is no approval';
    return refuse(turn, 'not_waiting', `The step "${id}" of ${turn.run.run} ${what}; it takes no answer`);
  }
  take(turn, id, given);
  answerState(turn);
}

export function signal(turn: Turn, { name, by, data }: Received<'run.signal'>): void {
  const given: Answer = { how: 'signal', by, atMs: turn.at, ...(data === undefined ? {} : { data }) };
  const first = Object.hasOwn(turn.run.signals, name) ? turn.run.signals[name] : undefined;
  if (first !== undefined) return again(turn, `the signal "${name}"`, first, given);
  if (refuseEnding(turn)) return;
  const names = signalsOf(turn);
  if (!names.includes(name)) {
    const known = names.length === 0 ? 'it waits for none' : `it waits for ${names.join(', ')}`;
    return refuse(turn, 'not_waiting', `No step of ${turn.run.run} waits for a signal "${name}": ${known}`);
  }
  turn.set({ signals: { ...turn.run.signals, [name]: given } });
  signalled(turn, name);
  answerState(turn);
}

/** Names that steps of the run wait for, now or ever: no other signal is taken, so there are no more than steps. */
const signalsOf = (turn: Turn): string[] => [
  ...new Set(turn.run.definition.steps.flatMap(({ wait }) => (wait?.for === 'signal' ? [wait.signal] : []))),
];

/** Whoever waits for the signal takes it. */
export function signalled(turn: Turn, name: string): void {
  const given = turn.run.signals[name];
  if (given === undefined) return;
  for (const { id, wait } of turn.run.definition.steps) {
    if (wait?.for === 'signal' && wait.signal === name && isOpen(turn, id)) take(turn, id, given);
  }
}

const isOpen = (turn: Turn, id: string): boolean => {
  const { status, answer } = turn.step(id);
  return status === 'waiting' && answer === undefined;
};

/** Nobody has answered in time: an approval has its default, a signal that never came has failed its step. */
export function waitIsOver(turn: Turn, id: string, epoch: number): void {
  const wait = turn.graph.step.get(id)?.wait;
  if (wait === undefined || !isOpen(turn, id) || turn.step(id).epoch !== epoch) return;
  if (wait.for === 'approval')
    return take(turn, id, { how: 'timeout', by: NOBODY, atMs: turn.at, approved: wait.default === 'approve' });
  const limit = turn.graph.step.get(id)?.timeoutMs ?? 0;
  giveUp(turn, id, errorOf('signal_timeout', `The signal "${wait.signal}" did not come within ${limit} ms`));
}

function take(turn: Turn, id: string, answer: Answer): void {
  turn.clearTimer(`step.${id}`);
  turn.setStep(id, { answer, waitsOn: undefined });
  const { how, by, approved, comment } = answer;
  const said = { ...(approved === undefined ? {} : { approved }), ...(comment === undefined ? {} : { comment }) };
  turn.emit({ type: 'step.answered', data: { step: id, how, by, ...said } });
  commitAnswer(turn, id);
}

/** Asks again for what nobody has acknowledged, commits of answers and signals that were there: their owner may have died. */
export function answersAgain(turn: Turn): void {
  for (const { id, wait } of turn.run.definition.steps) {
    if (wait === undefined || turn.step(id).status !== 'waiting') continue;
    if (!isOpen(turn, id)) commitAnswer(turn, id);
    else if (wait.for === 'signal') takeEarlier(turn, wait.signal);
  }
}

function commitAnswer(turn: Turn, id: string): void {
  const definition = turn.graph.step.get(id);
  const { answer, epoch, generation } = turn.step(id);
  if (definition === undefined || answer === undefined) return;
  const { run, ownerEpoch, version: base } = turn.run;
  turn.custom('commit', {
    heardAtMs: turn.at,
    call: `commit:${id}:${epoch}:`,
    to: turn.contextSubject(),
    timeoutMs: turn.options.callTimeoutMs,
    message: {
      ...{ type: 'context.commit', run, ownerEpoch, step: id, author: definition.agent, generation, epoch, base },
      writes: [{ op: 'set', path: definition.resultPath, value: resultOf(answer) }],
      reads: readsAfter(turn, id),
      known: turn.run.version,
    },
  });
}

/** What following steps can read. */
function resultOf({ how, by, atMs, approved, comment, data }: Answer): WorkflowJson {
  if (how === 'signal') return { by, atMs, data: data ?? null };
  return { how, by, atMs, approved: approved ?? false, comment: comment ?? '' };
}

/** Why a step that was answered and committed has failed all the same; undefined when it has not. */
export function rejection(wait: StepWait | undefined, answer: Answer | undefined): ErrorBody | undefined {
  if (wait?.for !== 'approval' || answer?.approved !== false || wait.onReject === 'continue') return undefined;
  const comment = answer.comment === undefined ? '' : `: ${answer.comment}`;
  return errorOf('approval_rejected', `Rejected by ${answer.by}${comment}`);
}

/** The same answer of the same person is answered alike, without its comment too; any other hears who was first. */
function again(turn: Turn, what: string, first: Answer, given: Answer): void {
  const key = ({ by, approved, comment = first.comment, data }: Answer): string =>
    JSON.stringify([by, approved, comment, data]);
  if (key(first) === key(given)) return answerState(turn);
  const did = first.approved === undefined ? 'gave' : first.approved ? 'approved' : 'rejected';
  const { by, approved, atMs } = first;
  const details = { by, atMs, ...(approved === undefined ? {} : { approved }) };
  const message = `${by} ${did} ${what} of ${turn.run.run} first, at ${new Date(atMs).toISOString()}`;
  refuse(turn, 'already_answered', message, details);
}

const errorOf = (code: ErrorCode, message: string): ErrorBody => new TuttiError(code, message).toData();
