/** The end of a good attempt: its writes are durable, its dependents may start. */
import type { Committed, EventData, Received } from '@tutti/contracts';
import { rejection } from './answer.ts';
import { began, giveUp, stopped, tellFailed } from './attempt.ts';
import { stopAttempt } from './cancel.ts';
import { filled, fillFailed } from './fill.ts';
import { arrive } from './group.ts';
import { type Began, isOver, type WorkFigures } from './model.ts';
import { openAgain, openFailed, truncated } from './open.ts';
import { errorOf, isFinal } from './refusal.ts';
import { askLater } from './resolve.ts';
import type { Turn } from './turn.ts';
import type { Verdict } from './verdict.ts';
import { noteResolved, noteVersion } from './version.ts';

/** A commit, where its attempt ran if that is news, its verdict if it judges others, and the figures of its attempt. */
type Heard = Committed & WorkFigures & { readonly began?: Began; readonly verdict?: Verdict };

/** A commit was acknowledged by the context store. Repeats change nothing. */
export function committed(turn: Turn, event: Heard): void {
  if (turn.graph.barrier.has(event.step)) return filled(turn, event.step, event);
  const definition = turn.graph.step.get(event.step);
  if (definition === undefined) return;
  // It was told to stop, and its end was under way: what it wrote stands, and it stops nothing any more.
  if (isOver(turn.step(event.step))) {
    noteLate(turn, event);
    return stopped(turn, { step: event.step, epoch: event.epoch });
  }
  // A validation writes nothing, so this is no commit of this run.
  if (turn.graph.judgings.has(event.step)) return;
  // Work that has been ordered anew since: it stands in the context, and the step is done again.
  if (event.generation !== undefined && event.generation !== turn.step(event.step).generation)
    return noteLate(turn, event);
  if (event.began !== undefined) beganUnheard(turn, event, event.began);
  const before = turn.step(event.step);
  noteVersion(turn, event);
  turn.clearTimer(`step.${event.step}`);
  // An attempt that was given up got through after all: the one that runs instead has its own instance and lease.
  if (event.epoch < before.epoch) stopAttempt(turn, event.step, 'an earlier attempt was committed');
  else recordPresent(turn, event.step, definition.agent);
  turn.emit({ type: 'context.committed', data: { step: event.step, version: event.version, paths: event.paths } });
  const rejected = rejection(definition.wait, before.answer);
  if (rejected !== undefined) {
    turn.setStep(event.step, { version: event.version });
    return giveUp(turn, event.step, rejected);
  }
  turn.setStep(event.step, {
    status: 'succeeded',
    epoch: Math.max(before.epoch, event.epoch),
    version: event.version,
    endedAtMs: turn.at,
    waitsOn: undefined,
    error: undefined,
    ...(event.cached === undefined ? {} : { cached: true }),
  });
  turn.emit({
    type: 'step.succeeded',
    data: {
      step: event.step,
      agent: definition.agent,
      attempt: before.attempt,
      epoch: event.epoch,
      version: event.version,
      durationMs: turn.at - (before.startedAtMs ?? turn.at),
      ...figuresOf(event, turn.at),
    },
  });
  if (event.verdict !== undefined) {
    const { id: step, agent, validates } = definition;
    const { ok, findings } = event.verdict;
    turn.emit({ type: 'step.validated', data: { step, agent, validates, ok, findings: [...findings] } });
  }
  turn.touched.push(`step:${event.step}`);
  arrive(turn, event.step, 'succeeded');
}

/**
 * What came too late for its step stands in the context all the same, and so do its conflicts: a person may decide them. Journals of
 * before do not say when an outcome was heard, and replay as they were told.
 */
function noteLate(turn: Turn, event: Heard): void {
  if (event.heardAtMs !== undefined && turn.run.phase !== 'ended') noteVersion(turn, event);
}

function figuresOf({ inputBytes, workMs, heardAtMs, cached }: WorkFigures, at: number): ToldFigures {
  return {
    ...(inputBytes === undefined ? {} : { inputBytes }),
    ...(workMs === undefined ? {} : { workMs }),
    ...(heardAtMs === undefined ? {} : { commitMs: Math.max(0, at - heardAtMs) }),
    ...(cached === undefined ? {} : { cached }),
  };
}

type ToldFigures = Pick<EventData<'step.succeeded'>, 'inputBytes' | 'workMs' | 'commitMs' | 'cached'>;

/** The attempt was accepted and done before the run heard of either. */
function beganUnheard(turn: Turn, { step: id, epoch, heardAtMs = turn.at }: Heard, by: Began): void {
  const step = turn.step(id);
  if (step.status !== 'placing' || step.epoch !== epoch) return;
  began(turn, id, by, Math.max(step.grantedAtMs ?? 0, heardAtMs - by.durationMs));
}

function recordPresent(turn: Turn, id: string, role: string): void {
  const { attempt, epoch, instance } = turn.step(id);
  const ref = { run: turn.run.run, step: id, attempt, epoch };
  if (instance !== undefined) turn.custom('record', { attempt: ref, role, instance, verdict: 'recorded' });
  turn.release(id);
}

/** A request that the run made got no answer. Most are simply made again: by the agent, or by the next sync. */
export function callFailed(turn: Turn, event: Received<'call.failed'>): void {
  const [what, step = '', epoch = '0', instance = ''] = event.call.split(':');
  if (event.code === 'context_truncated') return truncated(turn, event);
  if (what === 'open') return openFailed(turn, Number(step), event);
  if (event.code === 'unknown_run' && (what === 'commit' || what === 'fill')) openAgain(turn, 0);
  if (what === 'fill') return fillFailed(turn, step, event);
  // What was to be given back is owed, even where nothing is held or wanted any more.
  if (what === 'acquire' || what === 'sync') return turn.timer('sync', 300, { type: 'timer.sync', owed: true });
  if (what === 'resolve') return askLater(turn);
  if (what === 'barrier') return turn.timer(`barrier.${step}`, 500, { type: 'timer.barrier', group: step });
  if (what !== 'commit' || !isFinal(event)) return;
  const ref = { run: turn.run.run, step, attempt: turn.step(step).attempt, epoch: Number(epoch) };
  // The answer of a person: no instance gave it, and none is to be told.
  if (instance === '') return turn.custom('self', { type: 'attempt.failed', ...ref, error: errorOf(event) });
  const role = turn.graph.step.get(step)?.agent ?? '';
  tellFailed(turn, { ...ref, role, instance }, errorOf(event));
}

/** The context is there. After a crash it tells of commits that this run had not journaled. */
export function contextOpened(turn: Turn, event: Received<'context.opened'>): void {
  turn.set({ opened: true, version: Math.max(turn.run.version, event.version) });
  for (const commit of event.commits) {
    committed(turn, commit);
    noteResolved(turn, commit);
  }
}
