/** From ready to granted: which steps may start, what they ask of the pool, what they wait for. */
import {
  type LeaseRequest,
  MAX_LEASES,
  MAX_READS,
  type PausedBy,
  type Received,
  type WorkflowStep,
} from '@tutti/contracts';
import { contextPathsOf, stepsIn } from './graph.ts';
import { isKept, keptBy } from './keep.ts';
import { type GroupState, isOver, type RunContext, type StepState } from './model.ts';
import { ready, say } from './say.ts';
import type { Turn } from './turn.ts';
import { armValidation } from './validation.ts';
import { beginWait } from './waiting.ts';

/** How a blocker stands. */
type Gate = 'open' | 'shut' | 'doomed';

function gateOf(turn: Turn, blocker: WorkflowStep['waitsFor'][number]): Gate {
  if (blocker.kind === 'group') return gateOfGroup(turn.group(blocker.id));
  const step = turn.step(blocker.id);
  if (step.status === 'succeeded') return 'open';
  return isOver(step) && !mayRunAgain(turn, blocker.id) ? 'doomed' : 'shut';
}

function gateOfGroup(group: GroupState): Gate {
  if (group.phase !== 'closed') return 'shut';
  return group.decision === 'aborted' ? 'doomed' : 'open';
}

/** A member of a group that has not decided yet may still be run again one after another. */
export function mayRunAgain(turn: Turn, id: string): boolean {
  const groupId = turn.graph.step.get(id)?.groupId;
  const group = groupId === undefined ? undefined : turn.graph.barrier.get(groupId);
  if (group === undefined || group.barrier.fallback === 'none') return false;
  const { phase, fellBack, queue } = turn.group(group.id);
  return phase !== 'closed' && (!fellBack || queue.includes(id));
}

/** Looks at everything that depends on what was touched, and at what that touches in turn. */
export function settle(turn: Turn): void {
  for (let key = turn.touched.shift(); key !== undefined; key = turn.touched.shift()) {
    for (const id of turn.graph.dependents.get(key) ?? []) consider(turn, id);
  }
}

/** Starts a pending step whose blockers are open, skips one that can never start. */
export function consider(turn: Turn, id: string): void {
  const definition = turn.graph.step.get(id);
  if (definition === undefined || turn.run.phase !== 'running' || turn.step(id).status !== 'pending') return;
  // A run whose plan is of before validations were done does none.
  if (!turn.has(id)) return;
  const doomed: string[] = [];
  let shut = false;
  for (const blocker of definition.waitsFor) {
    const gate = gateOf(turn, blocker);
    if (gate === 'doomed') doomed.push(blocker.id);
    else if (gate === 'shut') shut = true;
  }
  if (doomed.length > 0) skip(turn, id, doomed);
  else if (!shut) admit(turn, id);
}

/** Others that may still be missing when a step ends for its dependents' inputs to be worth asking for. */
const MAX_MISSING = 2;

/** What the steps will read that may start when this one has ended well: its dependents that lack little else. */
export function readsAfter(turn: Turn, id: string): string[] {
  const groupId = turn.graph.step.get(id)?.groupId;
  const keys = groupId === undefined ? [`step:${id}`] : [`step:${id}`, `group:${groupId}`];
  const paths = new Set<string>();
  for (const next of keys.flatMap((key) => turn.graph.dependents.get(key) ?? [])) {
    const definition = turn.graph.step.get(next);
    if (definition === undefined || !isNearlyReady(turn, definition)) continue;
    for (const path of contextPathsOf(definition)) paths.add(path);
  }
  return [...paths].slice(0, MAX_READS);
}

function isNearlyReady(turn: Turn, { id, waitsFor }: WorkflowStep): boolean {
  if (!turn.has(id) || turn.step(id).status !== 'pending') return false;
  const shut = waitsFor.filter((blocker) => gateOf(turn, blocker) === 'shut');
  return shut.length <= 1 + MAX_MISSING;
}

function skip(turn: Turn, id: string, because: readonly string[]): void {
  turn.setStep(id, { status: 'skipped', endedAtMs: turn.at, waitsOn: undefined });
  turn.emit({ type: 'step.skipped', data: { step: id, because: [...because] } });
  turn.touched.push(`step:${id}`);
  turn.skipped.push(id);
}

/** Of a step that is ready while the run asks for as much as one message to the pool may name. */
const IN_LINE = `waits in line: the run asks the pool for ${MAX_LEASES} other steps`;

const isInLine = ({ status, waitsOn }: StepState): boolean => status === 'pending' && waitsOn?.reason === IN_LINE;

/** Only a run of very many steps has to count. */
const mayHaveLine = ({ definition, plan }: RunContext): boolean =>
  definition.steps.length + (plan.validations?.length ?? 0) > MAX_LEASES;

/** Steps that waited in line ask the pool, as many as others have left room for: in the order of the definition, validations last. */
export function admitLine(turn: Turn): void {
  if (!mayHaveLine(turn.run) || turn.run.phase !== 'running' || turn.run.paused !== undefined) return;
  let room = MAX_LEASES - turn.countLeases();
  for (const [id, step] of stepsIn(turn.run)) {
    if (room <= 0) return;
    if (!isInLine(step)) continue;
    admit(turn, id);
    room -= 1;
  }
}

/** Asks the pool for a lease under a new attempt; in line when too many steps of the run ask already. */
export function admit(turn: Turn, id: string): void {
  if (turn.run.paused !== undefined) return hold(turn, id, turn.run.paused);
  armValidation(turn, id);
  const wait = turn.graph.step.get(id)?.wait;
  if (wait !== undefined) return beginWait(turn, id, wait);
  if (mayHaveLine(turn.run) && turn.countLeases() >= MAX_LEASES) {
    const waitsOn = { kind: 'pool' as const, names: [], reason: IN_LINE, sinceMs: turn.at };
    turn.setStep(id, { status: 'pending', waitsOn });
    return;
  }
  const { attempt, epoch, lease } = turn.nextAttempt(id);
  ready(turn, id);
  turn.setStep(id, {
    status: 'queued',
    attempt,
    epoch,
    lease,
    held: false,
    instance: undefined,
    home: undefined,
    startedAtMs: undefined,
    grantedAtMs: undefined,
    waitsOn: { kind: 'pool', names: [], reason: 'asked the pool', sinceMs: turn.at },
  });
  turn.want(id, lease);
}

const isHeld = ({ status, waitsOn }: StepState): boolean => status === 'pending' && waitsOn?.kind === 'pause';

/** A step that could start while its run is paused: it asks nobody, and is looked at again when the run goes on. */
export function hold(turn: Turn, id: string, { by }: PausedBy): void {
  if (isHeld(turn.step(id))) return;
  ready(turn, id);
  turn.setStep(id, { status: 'pending' });
  say(turn, id, { kind: 'pause', names: [by], reason: 'the run is paused', sinceMs: turn.at });
}

/** The step whose present lease this is. */
export function stepOfLease(turn: Turn, lease: string): string | undefined {
  const id = lease.split('/')[1] ?? '';
  return turn.step(id).lease === lease ? id : undefined;
}

/** An answer that tells nothing new changes nothing, and is not recorded: the last one of each run is of that kind. */
export function answered(turn: Turn, event: Received<'resource.answer'>): void {
  if (event.leaseMs !== turn.run.leaseMs) turn.set({ leaseMs: event.leaseMs });
  for (const lease of event.granted) grant(turn, lease);
  for (const row of event.waiting) {
    const id = stepOfLease(turn, row.lease);
    if (id !== undefined) waitForPool(turn, id, row);
  }
  for (const { lease, reason } of event.refused) {
    const id = stepOfLease(turn, lease);
    if (id !== undefined) turn.custom('self', { type: 'step.unfit', lease, reason });
  }
}

/** What a step waits for when it is no amount that is short. */
const WAITED_FOR: Readonly<Record<string, string>> = { behind: 'its turn', pool_closed: 'the pool to open' };

function waitForPool(turn: Turn, id: string, row: Received<'resource.answer'>['waiting'][number]): void {
  if (turn.step(id).status !== 'queued') return;
  const what = WAITED_FOR[row.lacks] ?? row.resource ?? row.lacks;
  const reason = `waits for ${what}: needs ${row.needed}, ${row.free} free, place ${row.position} in the queue`;
  const before = turn.step(id).waitsOn;
  const sinceMs = before?.sinceMs ?? turn.at;
  if (before?.reason === reason) return;
  say(turn, id, { kind: 'pool', names: row.heldBy.slice(0, 16), reason, sinceMs });
}

/** A lease was granted: the step goes to find an instance. Repeated grants change nothing. */
export function grant(turn: Turn, lease: string): void {
  const id = stepOfLease(turn, lease);
  // Until the survey is in, the step may be running: it is adopted or asked for anew then, and the lease goes with it.
  if (turn.run.surveying) return;
  // Nobody wants it any more, and that it was withdrawn may be lost.
  if (id === undefined) return isKept(turn, lease) ? undefined : turn.giveBack(lease);
  const step = turn.step(id);
  if (step.status !== 'queued') return;
  const definition = turn.graph.step.get(id);
  turn.setStep(id, { status: 'placing', held: true, grantedAtMs: turn.at, waitsOn: undefined });
  const waitedMs = turn.at - (step.readyAtMs ?? turn.at);
  const needs = definition?.needs ?? { cpu: 0, memory: 0 };
  turn.emit({ type: 'step.granted', data: { step: id, lease, ...needs, waitedMs } });
  place(turn, id);
}

/** Hands the attempt to the node's dispatcher, which reads its input and chooses an instance. */
export function place(turn: Turn, id: string): void {
  const { attempt, epoch } = turn.step(id);
  turn.custom('place', { step: id, attempt, epoch });
}

/** Leases that ran out: what is queued or placing asks again; running work goes on and is announced anew. */
export function revoked(turn: Turn, event: Received<'resource.revoked'>): void {
  const lost = event.leases.flatMap((lease) => stepOfLease(turn, lease) ?? []);
  if (lost.length > 0) sync(turn);
}

/**
 * Tells the resource manager everything this run holds and wants. A new owner does so before and after it has found out what
 * instances still run: before, there may be more than its journal knows; after, to hold nothing is worth saying too.
 * `isPartial`: what it does not name stays: it is given back in a record that is not written, and its next owner would hold it.
 */
export function sync(turn: Turn, { isNew = false, isPartial = false } = {}): void {
  const { run, ownerEpoch } = turn.run;
  const held: LeaseRequest[] = [];
  const wanted: LeaseRequest[] = [];
  for (const [id, step] of stepsIn(turn.run)) {
    if (step.lease === undefined) continue;
    (step.held ? held : wanted).push(turn.leaseRequest(id, step.lease));
  }
  for (const { lease, step } of keptBy(turn.run)) held.push(turn.leaseRequest(step, lease));
  if (turn.run.phase !== 'ended' || held.length > 0) armSync(turn);
  const partial = turn.run.surveying || isPartial;
  if (held.length + wanted.length === 0 && !isNew && !turn.run.surveying) return;
  const to = turn.subjects.of('resources', { pool: turn.options.pool });
  const told = {
    holder: run,
    holderEpoch: ownerEpoch,
    sentAtMs: turn.at,
    ...(partial ? { partial } : {}),
    held,
    wanted,
  };
  turn.ask('sync', to, { type: 'resource.sync', ...told });
}

/** The next sync: a third of the lease, so that two may be lost. */
export function armSync(turn: Turn, delayMs: number = turn.run.leaseMs / 3): void {
  turn.timer('sync', Math.round(delayMs), { type: 'timer.sync' });
}
