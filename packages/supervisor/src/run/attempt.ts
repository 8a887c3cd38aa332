/** From granted to ended: what becomes of one attempt. */
import {
  type AttemptRef,
  type ContextWrite,
  type ErrorBody,
  type ErrorCode,
  type Received,
  type StepStatus,
  TuttiError,
  type ValidationAnswer,
} from '@tutti/contracts';
import { readsAfter, stepOfLease } from './admit.ts';
import { cancelAttempt, keeping, tellCancel } from './cancel.ts';
import { failRun } from './finish.ts';
import { arrive, memberProgress, memberStarted, memberStopped } from './group.ts';
import { free, isKept, leaseOf, letGo } from './keep.ts';
import { type Began, isActive, isOver, isStopping } from './model.ts';
import { lacking, owedOutputs } from './owed.ts';
import type { Turn } from './turn.ts';
import { verdictOf } from './verdict.ts';

/**
 * Time the agent's own time-out gets before the supervisor gives up on it, ms: an agent gives its function 3 s to heed its
 * signal (`abortGraceMs`), and then its outcome is on its way.
 */
export const TIMEOUT_GRACE_MS = 4_000;
/** Attempts a step gets when its instances die under it, at the least. */
export const MIN_ATTEMPTS_WHEN_LOST = 3;

const isPresent = (turn: Turn, ref: AttemptRef): boolean => turn.step(ref.step).epoch === ref.epoch;

function record(
  turn: Turn,
  event: AttemptRef & { role: string; instance: string },
  verdict: 'recorded' | 'stale_epoch',
  more: { readonly failed?: true } = {},
): void {
  const { run, step, attempt, epoch, role, instance } = event;
  turn.custom('record', { attempt: { run, step, attempt, epoch }, role, instance, verdict, ...more });
}

export function placed(turn: Turn, event: Received<'attempt.placed'>): void {
  const step = turn.step(event.step);
  if (!isPresent(turn, event)) return;
  if (isOver(step)) return cancelAttempt(turn, event.step, event.instance, 'the run no longer wants it');
  if (step.status !== 'placing') return;
  began(turn, event.step, event, turn.at);
  if (event.home !== undefined) turn.setStep(event.step, { home: event.home });
  armTimeout(turn, event.step, event.epoch);
}

/** The supervisor's own time-out of an attempt, for an agent that does not keep its. */
export function armTimeout(turn: Turn, step: string, epoch: number): void {
  const limitMs = turn.graph.step.get(step)?.timeoutMs ?? 0;
  const event = { type: 'timer.step', step, epoch, ...keeping(turn) };
  turn.timer(`step.${step}`, limitMs + TIMEOUT_GRACE_MS, event);
}

/** An instance runs the present attempt, or has run it by now. */
export function began(turn: Turn, id: string, by: Pick<Began, 'attempt' | 'instance'>, at: number): void {
  const { attempt, instance } = by;
  const { epoch } = turn.setStep(id, {
    ...{ status: 'running', attempt, instance, startedAtMs: at },
    ...{ waitsOn: undefined, unanswered: undefined, home: undefined },
  });
  const agent = turn.graph.step.get(id)?.agent ?? '';
  turn.emit({ type: 'step.started', data: { step: id, agent, attempt, epoch, instance } }, at);
  memberStarted(turn, id);
}

/**
 * An outcome arrived. It is not journaled here: a good one goes to the context store first, and what is journaled is the
 * commit; a bad one becomes `attempt.failed`.
 */
export function outcome(turn: Turn, event: Received<'attempt.outcome'>): void {
  const step = turn.step(event.step);
  const known = turn.graph.step.get(event.step);
  // What was given up unheard is over by this, whatever becomes of it.
  if (isKept(turn, leaseOf(event))) tellUnused(turn, event);
  if (known === undefined || event.epoch < step.epoch) return record(turn, event, 'stale_epoch');
  if (isStopping(step))
    return turn.custom('self', {
      ...refOf(event),
      type: 'attempt.stopped',
      role: event.role,
      instance: event.instance,
    });
  if (isOver(step) || turn.run.phase === 'ended') {
    return record(turn, event, step.status === 'succeeded' ? 'recorded' : 'stale_epoch');
  }
  if (turn.run.phase === 'recovering') return;
  const { result } = event;
  if (result.status === 'failed') return tellFailed(turn, event, result.error);
  const isJudging = turn.graph.judgings.has(event.step);
  if (result.status === 'succeeded' && !isJudging) return commit(turn, event, result);
  if (result.status === 'validated' && isJudging) {
    const { status: _, ...answer } = result;
    return tellValidated(turn, event, answer);
  }
  const message = isJudging
    ? `The agent "${event.role}" was to judge, and did its own work instead: its process is of a version that cannot validate`
    : `The agent "${event.role}" judged, and was to do the work of "${event.step}"`;
  tellFailed(turn, event, { code: 'bad_agent_output', message, retryable: false });
}

/** To be journaled: a verdict. It is not committed, for it is no part of the context. */
function tellValidated(turn: Turn, event: Received<'attempt.outcome'>, result: ValidationAnswer): void {
  const { role, instance } = event;
  const durationMs = Math.max(0, event.endedAtMs - event.startedAtMs);
  turn.custom('self', { type: 'validation.done', ...refOf(event), role, instance, durationMs, result });
}

/** To be journaled: an attempt ended badly, and it began if the run has not heard of that yet. */
export function tellFailed(
  turn: Turn,
  event: AttemptRef & { readonly role: string; readonly instance: string },
  error: ErrorBody,
): void {
  const { role, instance } = event;
  const ref = refOf(event);
  if (turn.step(event.step).status === 'placing') turn.custom('self', { type: 'attempt.placed', ...ref, instance });
  turn.custom('self', { type: 'attempt.failed', ...ref, role, instance, error });
}

const refOf = ({ run, step, attempt, epoch }: AttemptRef): AttemptRef => ({ run, step, attempt, epoch });

function commit(
  turn: Turn,
  event: Received<'attempt.outcome'>,
  { writes, inputBytes, cached }: Extract<Received<'attempt.outcome'>['result'], { status: 'succeeded' }>,
): void {
  const definition = turn.graph.step.get(event.step);
  const refused = refusedResult(turn, event.step, writes);
  if (refused !== undefined) return tellFailed(turn, event, refused);
  const { attempt, instance } = event;
  const durationMs = Math.max(0, event.endedAtMs - event.startedAtMs);
  const isNews = turn.step(event.step).status === 'placing';
  const verdict = verdictOf(definition, writes);
  turn.custom('commit', {
    ...(verdict === undefined ? {} : { verdict }),
    ...(inputBytes === undefined ? {} : { inputBytes }),
    ...(cached === undefined ? {} : { cached }),
    ...(isNews ? { began: { attempt, instance, durationMs } } : {}),
    ...{ workMs: durationMs, heardAtMs: turn.at },
    call: `commit:${event.step}:${event.epoch}:${event.instance}`,
    to: turn.contextSubject(),
    timeoutMs: turn.options.callTimeoutMs,
    message: {
      type: 'context.commit',
      run: turn.run.run,
      ownerEpoch: turn.run.ownerEpoch,
      step: event.step,
      author: definition?.agent ?? event.role,
      generation: turn.step(event.step).generation,
      epoch: event.epoch,
      base: event.base,
      writes,
      reads: readsAfter(turn, event.step),
      known: turn.run.version,
    },
  });
}

/** Why a result is not committed: it holds more than its step may write, or less than it declares. */
function refusedResult(turn: Turn, id: string, writes: readonly ContextWrite[]): ErrorBody | undefined {
  const definition = turn.graph.step.get(id);
  const outside = writes.find((w) => !mayWrite(definition?.writes ?? [], w.path));
  if (outside !== undefined) {
    const message = `Step "${id}" wrote ${outside.path}, which it did not declare; declare it in its outputs or context_requirements.write`;
    return new TuttiError('not_allowed', message).toData();
  }
  return definition === undefined ? undefined : lacking(definition, owedOutputs(turn.run.definition, id), writes);
}

function mayWrite(allowed: readonly string[], path: string): boolean {
  return allowed.length === 0 || allowed.some((root) => path === root || path.startsWith(`${root}/`));
}

/** An attempt failed for good or for now: retried by the step's policy, or the step fails. */
export interface AttemptFailed extends AttemptRef {
  readonly role?: string;
  readonly instance?: string;
  readonly error: ErrorBody;
}

/** Beside an active step: one whose lease was asked for, and one whose answer the context store refuses. */
const TAKES_FAILURES: ReadonlySet<StepStatus> = new Set<StepStatus>(['queued', 'waiting']);

/** `keepMs`: it may go on for so long all the same, and its lease is held until then. */
export function failed(turn: Turn, event: AttemptFailed, keepMs = 0): void {
  const step = turn.step(event.step);
  if (event.role !== undefined && event.instance !== undefined) {
    record(
      turn,
      { ...event, role: event.role, instance: event.instance },
      step.epoch === event.epoch ? 'recorded' : 'stale_epoch',
      { failed: true },
    );
  }
  // It was told to stop, and its end was under way.
  if (event.epoch === step.epoch && isStopping(step)) return stopped(turn, { step: event.step, epoch: event.epoch });
  if (event.epoch < step.epoch || isOver(step) || !(isActive(step) || TAKES_FAILURES.has(step.status))) return;
  const policy = turn.graph.step.get(event.step)?.retry;
  const failures = step.failures + 1;
  const lost = event.error.code === 'agent_lost';
  const allowed = Math.max(policy?.maxAttempts ?? 1, lost ? MIN_ATTEMPTS_WHEN_LOST : 1);
  turn.clearTimer(`step.${event.step}`);
  letGo(turn, event.step, keepMs);
  turn.setStep(event.step, { failures, error: event.error, instance: undefined });
  const goesOn = turn.run.phase === 'running' || turn.run.phase === 'recovering';
  if (!event.error.retryable || failures >= allowed || !goesOn) return giveUp(turn, event.step, event.error);
  const inMs = lost ? 0 : backoffMs(policy, failures);
  turn.emit({ type: 'step.retrying', data: { step: event.step, attempt: event.attempt, inMs, error: event.error } });
  const waitsOn = {
    kind: 'backoff' as const,
    names: [],
    reason: `tries again in ${inMs} ms after: ${event.error.message.slice(0, 200)}`,
    sinceMs: turn.at,
  };
  turn.setStep(event.step, { status: 'backoff', waitsOn });
  turn.timer(`retry.${event.step}`, inMs, { type: 'timer.retry', step: event.step });
}

type Retry = { readonly backoffMs: number; readonly backoffFactor: number; readonly maxBackoffMs: number } | undefined;

function backoffMs(policy: Retry, failures: number): number {
  if (policy === undefined) return 0;
  return Math.round(Math.min(policy.maxBackoffMs, policy.backoffMs * policy.backoffFactor ** (failures - 1)));
}

/** The step has failed: its group decides, or its own policy does. */
export function giveUp(turn: Turn, id: string, error: ErrorBody): void {
  const step = turn.setStep(id, { status: 'failed', error, endedAtMs: turn.at, waitsOn: undefined });
  const definition = turn.graph.step.get(id);
  turn.emit({ type: 'step.failed', data: { step: id, agent: definition?.agent ?? '', attempt: step.attempt, error } });
  turn.touched.push(`step:${id}`);
  const decided = arrive(turn, id, 'failed');
  if (!decided && definition?.onFailure === 'fail_run') failRun(turn, `step "${id}" failed: ${error.message}`, error);
}

/** A need that the pool can never meet. */
export function unfit(turn: Turn, { lease, reason }: { readonly lease: string; readonly reason: string }): void {
  const id = stepOfLease(turn, lease);
  if (id === undefined || turn.step(id).status !== 'queued') return;
  turn.setStep(id, { lease: undefined, held: false });
  giveUp(turn, id, new TuttiError('never_fits', `Step "${id}" can never fit the pool: ${reason}`).toData());
}

/** The supervisor's own time-out: the agent did not keep its. */
export function timedOut(turn: Turn, id: string, epoch: number, keepMs = 0): void {
  const step = turn.step(id);
  if (step.epoch !== epoch || step.status !== 'running') return;
  const limit = turn.graph.step.get(id)?.timeoutMs ?? 0;
  const error = errorOf(
    'agent_timeout',
    `The attempt was given up ${TIMEOUT_GRACE_MS} ms after its time-out of ${limit} ms: the agent does not heed its signal, or is away`,
  );
  if (step.instance !== undefined) tellCancel(turn, id, step.instance, error.message);
  failed(turn, { run: turn.run.run, step: id, attempt: step.attempt, epoch, error }, keepMs);
}

export function lost(turn: Turn, event: Received<'attempt.lost'>): void {
  const { keepMs } = event;
  // It was given up unheard before, and its process says now that it is over.
  if (keepMs === undefined) free(turn, leaseOf(event));
  const step = turn.step(event.step);
  if (!isPresent(turn, event)) return;
  if (isStopping(step)) return stopped(turn, event);
  // Until the survey is in, the journal may not know that the attempt succeeded; what nobody runs is started anew then.
  if (!isActive(step) || turn.run.surveying) return;
  const error = errorOf('agent_lost', `Instance ${event.instance} went away: ${event.reason}`);
  failed(turn, { ...refOf(event), error }, keepMs);
}

const errorOf = (code: ErrorCode, message: string): ErrorBody => new TuttiError(code, message).toData();

/**
 * An attempt that nobody wants any more has stopped, or its grace is over: the lease goes back, or is held for as long (`keepMs`)
 * as it may go on unheard.
 */
export function stopped(
  turn: Turn,
  event: {
    readonly step: string;
    readonly epoch: number;
    readonly role?: string;
    readonly instance?: string;
    readonly attempt?: number;
    readonly keepMs?: number | undefined;
  },
): void {
  const step = turn.step(event.step);
  if (event.role !== undefined && event.instance !== undefined && event.attempt !== undefined) {
    record(
      turn,
      {
        run: turn.run.run,
        step: event.step,
        attempt: event.attempt,
        epoch: event.epoch,
        role: event.role,
        instance: event.instance,
      },
      'stale_epoch',
    );
  }
  if (step.epoch !== event.epoch || !isStopping(step)) return;
  turn.clearTimer(`stop.${event.step}`);
  letGo(turn, event.step, event.keepMs);
  memberStopped(turn, event.step);
}

/** To be journaled: nobody works on an attempt whose lease is still held. */
export const tellUnused = (turn: Turn, { step, epoch }: Pick<AttemptRef, 'step' | 'epoch'>): void =>
  turn.custom('self', { type: 'lease.unused', step, epoch });

export function unused(turn: Turn, { step, epoch }: Pick<AttemptRef, 'step' | 'epoch'>): void {
  free(turn, leaseOf({ run: turn.run.run, step, epoch }));
  stopped(turn, { step, epoch });
}

/** Progress goes to people and to the barrier; the run itself does not change. */
export function progressed(turn: Turn, event: Received<'attempt.progress'>): void {
  if (!isPresent(turn, event) || !isActive(turn.step(event.step))) return;
  const { step, attempt, fraction, note } = event;
  turn.emit({ type: 'step.progress', data: { step, attempt, fraction, ...(note === undefined ? {} : { note }) } });
  memberProgress(turn, step, fraction);
}
