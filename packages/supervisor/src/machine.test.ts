import type { WorkflowDefinition } from '@tutti/contracts';
import { createStepper, type Step } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { getShortestPaths } from '@xstate/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupMachine } from './group-machine.ts';
import { createRunMachine, RUN_ACCEPTS } from './machine.ts';
import { stepIn, stepsIn } from './run/graph.ts';
import { isOver, openConflicts, type RunContext } from './run/model.ts';
import { DECIDING, eventOf, JUDGING, type Move, startOf, WHATS } from './testing/moves.ts';

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
/** Nothing holds another up, so runs end in all ways. */
const conflictingDefinition = workflow('w', (w) => {
  for (const id of ['a', 'b', 'c', 'd']) w.step(id, { on_failure: 'continue', retry: 1 });
});
const STEPS = ['a', 'b', 'c', 'd'];
/** Both members have succeeded and are joined. */
const JOINED = ['opened', ...['a', 'b', 'c'].flatMap((id) => [`grant ${id}`, `place ${id}`, `commit ${id}`]), 'close'];
const VALIDATIONS = ['validation-1', 'validation-2'];

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
  for (const [i, { id, resolved }] of before.conflicts.entries())
    expect(after.conflicts[i]).toMatchObject({ id, ...(resolved === undefined ? {} : { resolved }) });
  const isDecided = openConflicts(after).length < openConflicts(before).length;
  if (before.phase === 'ended' && !(isDecided && before.outcome === 'conflicted'))
    expect([after.phase, after.outcome]).toEqual(['ended', before.outcome]);
  if (after.phase !== 'ended') return;
  for (const step of after.steps) expect(isOver(step)).toBe(true);
  for (const { id } of after.plan.validations ?? []) expect(stepIn(after, id)?.judged).toBeDefined();
}

/** Only what has ended is retried; what is not done again stays as it is, and what is begins anew. */
function expectGoesOn(before: RunContext, after: RunContext): void {
  expect(before.phase).toBe('ended');
  if (before.conflicts.every(({ resolved }) => resolved === undefined)) expect(before.outcome).not.toBe('succeeded');
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
    // Once in each life of the run: a retry begins another one, and each conflict decided after the end tells that again.
    const once = told.join('\n').replaceAll(/conflict\.resolved .*\nrun\.finished .*/g, '');
    for (const life of once.split('run.retried ')) expectOnce(life.split('\n').filter((line) => line !== ''));
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

  it('do so with conflicts too, of which each is decided once', { timeout: 60_000 }, () => {
    const all = ['opened', ...['a', 'b', 'c', 'd'].flatMap((id) => [`grant ${id}`, `place ${id}`])].map((text) => {
      const [what, step = 'a'] = text.split(' ');
      return { what: what as Move['what'], step, off: 0 };
    });
    const what = fc.oneof(
      { weight: 4, arbitrary: often },
      { weight: 5, arbitrary: fc.constantFrom(...DECIDING) },
      fc.constantFrom(...WHATS),
    );
    const seen = takeAll([conflictingDefinition], fc.record({ what, step: fc.constantFrom(...STEPS), off }), 400, all);
    for (const outcome of ['conflicted', 'succeeded', 'partial', 'ended']) expect(seen).toContain(outcome);
  });

  it('are asked about every message that the kind accepts and another actor sends', () => {
    const asked = new Set(
      [...WHATS, ...JUDGING, ...DECIDING].map(
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
