import type { WorkflowDefinition } from '@tutti/contracts';
import { createStepper, type Step } from '@tutti/kernel';
import { planWorkflow, workflow } from '@tutti/planner';
import { getShortestPaths } from '@xstate/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupMachine } from './group-machine.ts';
import { createRunMachine, RUN_ACCEPTS } from './machine.ts';
import { stepIn, stepsIn } from './run/graph.ts';
import { isOver, type RunContext } from './run/model.ts';

describe('the states of a group', () => {
  const decided = (decision: string, mayFallBack: boolean, mustFill: boolean) => ({
    type: 'barrier.decided',
    decision,
    missing: [],
    mayFallBack,
    mustFill,
  });
  const events = [
    { type: 'member.started', at: 1 },
    { type: 'barrier.extended', extensions: 1 },
    decided('complete', false, false),
    decided('partial', false, true),
    decided('aborted', true, false),
    { type: 'gaps.filled' },
    { type: 'run.ended' },
  ];
  const input = {
    round: 1,
    fellBack: false,
    openedAtMs: 0,
    extensions: 0,
    missing: [],
    queue: [],
    base: 0,
    filled: 0,
    filledBefore: 0,
  };
  const reached = () => getShortestPaths(groupMachine, { input, events: events as never }).map(({ state }) => state);

  it('are all reached, a second round at most once, and what is closed has no way on', () => {
    const states = reached();
    const names = new Set(states.map(({ value }) => value));
    expect(names).toEqual(new Set(['waiting', 'open', 'falling_back', 'filling', 'closed']));
    expect(Math.max(...states.map(({ context }) => context.round))).toBe(2);
    const stepper = createStepper(groupMachine);
    for (const state of states.filter(({ value }) => value === 'closed')) {
      for (const event of events) expect(stepper.step(state as never, event).snapshot.value).toBe('closed');
    }
  });
});

const definitionOf = (waits: boolean): WorkflowDefinition =>
  workflow('w', (w) => {
    w.step('a', { retry: { max_attempts: 2, backoff: '1_seconds' } });
    const members = ['b', 'c'].map((id) => w.step(id, { depends_on: ['a'], on_failure: 'continue' }));
    const group = w.group('g', members, { synchronization_strategy: { timeout: '60_seconds' } });
    w.step('d', { depends_on: [group.completion] });
    if (!waits) return;
    w.step('ok', { type: 'approval', on_reject: 'continue', depends_on: ['a'], on_failure: 'continue' });
    w.step('go', { type: 'signal', signal: 'green', on_failure: 'continue' });
  });
/** b and c look at each other's results once both are joined. */
const judgingDefinition = workflow('w', (w) => {
  w.step('a', { retry: { max_attempts: 2, backoff: '1_seconds' } });
  const members = ['b', 'c'].map((id) => w.step(id, { depends_on: ['a'], on_failure: 'continue' }));
  const group = w.group('g', members, {
    synchronization_strategy: { timeout: '60_seconds' },
    cross_validation: { validation_timeout: '10_seconds' },
  });
  w.step('d', { depends_on: [group.completion] });
});
const definitions = [definitionOf(false), definitionOf(true)] as const;
const STEPS = ['a', 'b', 'c', 'd'];
/** Both members have succeeded and are joined. */
const JOINED = ['opened', ...['a', 'b', 'c'].flatMap((id) => [`grant ${id}`, `place ${id}`, `commit ${id}`]), 'close'];
const VALIDATIONS = ['validation-1', 'validation-2'];

interface Move {
  readonly what: (typeof WHATS)[number] | (typeof JUDGING)[number];
  readonly step: string;
  /** 0: the present epoch; otherwise an older or a newer one. */
  readonly off: number;
}
const WHATS = [
  'grant',
  'place',
  'unplace',
  'succeed',
  'fail',
  'commit',
  'lose',
  'stopped',
  'revoke',
  'close',
  'abort',
  'cancel',
  'recover',
  'opened',
  'surveyed',
  'timeout',
  'retry',
  'sync',
  'announce',
  'full',
  'refuse',
  'unfilled',
  'unfit',
  'foresee',
  'due',
  'available',
  'start',
  'status',
  'describe',
  'pause',
  'resume',
  'approve',
  'signal',
  'wait',
  'again',
] as const;
/** What happens to validations alone. */
const JUDGING = ['judge', 'judged', 'late'] as const;

function eventOf(
  { what, step, off }: Move,
  run: RunContext,
): { readonly type: string; readonly [key: string]: unknown } {
  const state = stepIn(run, step);
  const epoch = (state?.epoch ?? 0) + off;
  const at = { role: step, instance: `${step}-1` };
  const ref = { run: 'r', step, attempt: state?.attempt ?? 1, epoch };
  const outcome = { ...ref, ...at, base: 0, startedAtMs: 1, endedAtMs: 2 };
  const error = { code: 'agent_failed', message: 'no', retryable: off === 0 };
  const commit = { step, epoch, version: 1, duplicate: false, paths: [], conflicts: [] };
  const closed = { run: 'r', group: 'g', round: 1, arrived: [], reason: 'told' };
  switch (what) {
    case 'grant':
      return { type: 'resource.granted', pool: 'default', granted: [state?.lease ?? 'r/none/1'], leaseMs: 10_000 };
    case 'place':
      return { type: 'attempt.placed', ...ref, instance: at.instance };
    case 'unplace':
      return { type: 'attempt.unplaced', ...ref, reason: 'busy' };
    case 'succeed':
      return { type: 'attempt.outcome', ...outcome, result: { status: 'succeeded', writes: [] } };
    case 'fail':
      return { type: 'attempt.failed', ...ref, ...at, error };
    case 'commit':
      return { type: 'context.committed', ...commit };
    case 'lose':
      return { type: 'attempt.lost', ...ref, instance: at.instance, reason: 'gone' };
    case 'stopped':
      return { type: 'attempt.stopped', ...ref, ...at };
    case 'revoke':
      return { type: 'resource.revoked', pool: 'default', leases: [state?.lease ?? ''], reason: 'silent' };
    case 'close':
      return { type: 'barrier.closed', ...closed, decision: 'complete', missing: [] };
    case 'abort':
      return { type: 'barrier.closed', ...closed, decision: 'aborted', missing: [step] };
    case 'cancel':
      return { type: 'run.cancel', run: 'r', reason: 'enough' };
    case 'recover':
      return { type: 'actor.recovered', ownerEpoch: run.ownerEpoch + 1, owner: 'm' };
    case 'opened':
      return { type: 'context.opened', run: 'r', version: 0, commits: off === 0 ? [] : [commit] };
    case 'surveyed':
      return { type: 'attempt.surveyed', run: 'r', found: off === 0 ? [] : [{ ...ref, instance: at.instance }] };
    case 'timeout':
      return { type: 'timer.step', step, epoch };
    case 'retry':
      return { type: 'timer.retry', step };
    case 'sync':
      return { type: 'timer.sync' };
    case 'full':
      return { type: 'log.filled' };
    case 'announce':
      return { type: 'resource.announce', pool: 'default' };
    case 'refuse':
      return { type: 'context.refused', error };
    case 'unfilled':
      return { type: 'fill.refused', group: 'g', error };
    case 'unfit':
      return { type: 'step.unfit', lease: state?.lease ?? 'r/none/1', reason: 'too large' };
    case 'foresee':
      return { type: 'run.foreseen', atMs: 5_000 + off, predictedEndMs: 9_000, delayMs: 500 * off, critical: [step] };
    case 'available':
      return { type: 'instance.available', role: step };
    case 'start':
      return startOf(run.definition);
    default:
      return orderOf(what, step, epoch, off, state?.dueAtMs);
  }
}

const startOf = (definition: WorkflowDefinition) => {
  return { type: 'workflow.start', run: 'r', definition, plan: planWorkflow(definition), inputs: {} };
};

/** What people say to a run, and the end of the time that they have for it. */
function orderOf(what: Move['what'], step: string, epoch: number, off: number, dueAtMs = 0) {
  const judgement = { run: 'r', step, attempt: 1, epoch, role: 'b', instance: 'b-1' };
  const yes = { status: 'validated', verdict: 'passed', findings: [] };
  switch (what) {
    case 'pause':
      return { type: 'run.pause', run: 'r', by: 'ann' };
    case 'resume':
      return { type: 'run.resume', run: 'r', by: 'ben' };
    case 'approve':
      return { type: 'run.approve', run: 'r', step: off < 0 ? step : 'ok', approved: off === 0, by: 'ann' };
    case 'signal':
      return { type: 'run.signal', run: 'r', name: off < 0 ? 'red' : 'green', by: 'ann', data: off };
    case 'again':
      return { type: 'run.retry', run: 'r', by: 'ann', request: `q${epoch}`, ...(off === 0 ? {} : { step }) };
    case 'wait':
      return { type: 'timer.wait', step, epoch };
    case 'judge':
      return { type: 'attempt.outcome', ...judgement, base: 0, startedAtMs: 1, endedAtMs: 2, result: yes };
    case 'judged':
      return { type: 'validation.done', ...judgement, durationMs: 1, result: { verdict: 'passed', findings: [] } };
    case 'late':
      return { type: 'timer.validation', step, dueAtMs: dueAtMs + off };
    case 'due':
      return { type: 'commits.due' };
    case 'describe':
      return { type: 'run.describe', run: 'r' };
    default:
      return { type: 'run.status', run: 'r' };
  }
}

/** What no message may undo, whatever the order in which messages come. */
function expectForward(before: RunContext, after: RunContext): void {
  expect(after.seq).toBeGreaterThanOrEqual(before.seq);
  if (after.retries > before.retries) return expectGoesOn(before, after);
  for (const [id, was] of stepsIn(before)) {
    const is = stepIn(after, id);
    expect(is?.epoch ?? 0).toBeGreaterThanOrEqual(was.epoch);
    if (was.status === 'succeeded') expect(is?.status).toBe('succeeded');
    if (was.answer !== undefined) expect(is?.answer).toBe(was.answer);
    // Only a group may have its members run again, one after another.
    if (isOver(was) && after.definition.steps.find((s) => s.id === id)?.groupId === undefined) {
      expect([id, is?.status]).toEqual([id, was.status]);
    }
  }
  if (before.paused !== undefined && after.paused !== undefined) expectNoStart(before, after);
  if (before.phase === 'ended') expect([after.phase, after.outcome]).toEqual(['ended', before.outcome]);
  if (after.phase !== 'ended') return;
  for (const step of after.steps) expect(isOver(step)).toBe(true);
  for (const { id } of after.plan.validations ?? []) expect(stepIn(after, id)?.judged).toBeDefined();
}

/** Only what has ended is retried; what is not done again stays as it is, and what is begins anew. */
function expectGoesOn(before: RunContext, after: RunContext): void {
  expect(before.phase).toBe('ended');
  expect(before.outcome).not.toBe('succeeded');
  for (const [id, was] of stepsIn(before)) {
    const is = stepIn(after, id);
    if (is?.generation === was.generation) expect(is).toEqual(was);
    else
      expect([is?.epoch ?? 0, is?.attempt ?? 0, is?.answer]).toEqual([
        expect.any(Number),
        expect.any(Number),
        undefined,
      ]);
    expect(is?.epoch ?? 0).toBeGreaterThanOrEqual(was.epoch);
    expect(is?.attempt ?? 0).toBeGreaterThanOrEqual(was.attempt);
  }
}

/** A paused run gives no order: nothing is asked of the pool, and nothing is placed that had not been placed before. */
function expectNoStart(before: RunContext, after: RunContext): void {
  for (const [id, { status: was }] of stepsIn(before)) {
    const is = stepIn(after, id)?.status;
    if (is === 'queued') expect([id, was]).toEqual([id, 'queued']);
    if (is === 'placing') expect([id, was]).toEqual([id, 'placing']);
  }
}

const nameIn = ({ event }: { readonly event: { readonly data: object } }): string =>
  Object.entries(event.data)
    .filter(([key]) => ['step', 'group', 'validator', 'of'].includes(key))
    .map(([, name]) => String(name))
    .join();

function expectOnce(told: readonly string[]): void {
  const once = told.filter((line) => /^(run\.finished|step\.succeeded|group\.closed|validation\.finished)/.test(line));
  expect(once).toEqual([...new Set(once)]);
}

/** Every message in every order: nothing throws, nothing is undone. Says which states and outcomes there were. */
function takeAll(
  given: readonly WorkflowDefinition[],
  move: fc.Arbitrary<Move>,
  numRuns: number,
  first: readonly Move[] = [],
): ReadonlySet<string> {
  const stepper = createStepper(createRunMachine());
  const seen = new Set<string>();
  const moves = fc.array(move, { minLength: 10, maxLength: 70 });
  const property = fc.property(fc.constantFrom(...given), moves, (definition, drawn) => {
    const list = [...first, ...drawn];
    let step: Step = stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' });
    const told: string[] = [];
    const take = (of: (run: RunContext) => object, at: number): void => {
      const before = step.snapshot.context as RunContext;
      step = stepper.step(step.snapshot, { ...of(before), at, from: 'test' } as never);
      const after = step.snapshot.context as RunContext;
      for (const e of step.effects) if (e.type === 'emit') told.push(`${e.params.event.type} ${nameIn(e.params)}`);
      seen.add(String(step.snapshot.value)).add(after.phase).add(String(after.outcome));
      for (const { judged } of after.steps) seen.add(String(judged?.verdict));
      expectForward(before, after);
    };
    take(() => startOf(definition), 1_000);
    for (const [i, each] of list.entries()) take((run) => eventOf(each, run), 1_010 + i * 10);
    // Once in each life of the run: a retry begins another one.
    for (const life of told.join('\n').split('run.retried ')) expectOnce(life.split('\n'));
  });
  fc.assert(property, { seed: 13, numRuns });
  return seen;
}

describe('the states of a run', () => {
  const often = fc.constantFrom(...WHATS.slice(0, 6));
  const off = fc.constantFrom(0, 0, 0, 0, -1, 1);
  const someStep = { weight: 6, arbitrary: fc.constantFrom(...STEPS) };

  it('take every message in every order without a throw, undo nothing, and end with every step over', {
    timeout: 60_000,
  }, () => {
    const what = fc.oneof({ weight: 5, arbitrary: often }, fc.constantFrom(...WHATS));
    const step = fc.oneof(someStep, { weight: 1, arbitrary: fc.constantFrom('ok', 'go') });
    const seen = takeAll(definitions, fc.record({ what, step, off }), 800);
    const named = ['active', 'ended', 'running', 'recovering', 'cancelling', 'succeeded', 'failed', 'cancelled'];
    for (const state of named) expect(seen).toContain(state);
  });

  it('do so with validations too, each of which is over once the run is', {
    timeout: 60_000,
  }, () => {
    const judging = { weight: 2, arbitrary: fc.constantFrom(...JUDGING) };
    const what = fc.oneof({ weight: 7, arbitrary: often }, judging, fc.constantFrom(...WHATS, 'close', 'close'));
    const step = fc.oneof(someStep, { weight: 4, arbitrary: fc.constantFrom(...VALIDATIONS) });
    const seen = new Set(takeAll([judgingDefinition], fc.record({ what, step, off }), 400));
    const first = JOINED.map((text) => text.split(' ')).map(([name, id = 'a']) => ({
      what: name as Move['what'],
      step: id,
      off: 0,
    }));
    for (const state of takeAll([judgingDefinition], fc.record({ what, step, off }), 400, first)) seen.add(state);
    for (const verdict of ['passed', 'skipped', 'errored', 'timed_out']) expect(seen).toContain(verdict);
  });

  it('are asked about every message that the kind accepts and another actor sends', () => {
    const asked = new Set(
      [...WHATS, ...JUDGING].map(
        (what) =>
          eventOf({ what, step: 'a', off: 0 }, { steps: [], definition: definitions[0] } as unknown as RunContext).type,
      ),
    );
    const own = ['barrier.extended', 'barrier.opened', 'call.failed', 'run.events'];
    const elsewhere = [
      ...own,
      'resource.answer',
      'attempt.progress',
      'lease.unused',
      'timer.open',
      'timer.fill',
      'timer.barrier',
      'signal.there',
    ];
    const missing = Object.keys(RUN_ACCEPTS).filter((type) => !asked.has(type));
    expect(missing.sort()).toEqual(elsewhere.sort());
  });
});
