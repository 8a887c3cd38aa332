import { MESSAGES, type MessageType, mayAnswer, type Received } from '@tutti/contracts';
import { createStepper, type Effect } from '@tutti/kernel';
import { getShortestPaths } from '@xstate/graph';
import { describe, expect, it } from 'vitest';
import { contextKind } from './kind.ts';
import { type ContextEvent, contextMachine } from './machine.ts';
import { contextOptions } from './options.ts';
import { type ContextState, headOf } from './state.ts';

const { limits } = contextOptions.parse({});
const input = { run: 'r1', limits };
const head = { run: 'r1', at: 1, from: 'test' };
const open: Received<'context.open'> = {
  ...head,
  type: 'context.open',
  ownerEpoch: 1,
  ownership: { pm: ['req'] },
  initial: {},
};
const badOpen: Received<'context.open'> = { ...open, ownership: { a: ['x'], b: ['x'] } };
const commit = (author: string, base: number, path: string, ownerEpoch = 1): ContextEvent => ({
  ...{ ...head, type: 'context.commit', ownerEpoch, step: author, author, generation: 0, epoch: 1, base },
  writes: [{ op: 'set', path, value: author }],
});
const readNow: Received<'context.read'> = { ...head, type: 'context.read', paths: [''] };
const askConflicts = { ...head, type: 'context.conflicts' } as const;
const recovered = { type: 'actor.recovered', ownerEpoch: 2, at: 1 } as const;

const events: ContextEvent[] = [
  open,
  badOpen,
  { ...open, ownerEpoch: 2 },
  commit('pm', 0, '/req'),
  commit('ux', 0, '/free'),
  commit('qa', 0, '/free', 2),
  commit('ux', 0, '/req'),
  readNow,
  askConflicts,
  recovered,
];

describe('every short path through the store', () => {
  const key = (s: any): string =>
    JSON.stringify([s.value, { ...s.context, recoveries: Math.min(1, s.context.recoveries) }]);
  const paths = getShortestPaths(contextMachine, {
    ...{ input, events, limit: 20_000, serializeState: key },
    stopWhen: (s: { context: ContextState }) => s.context.commits.length > 3 || s.context.recoveries > 1,
  } as never);

  it('reaches every state', () => {
    expect(new Set(paths.map((p) => (p.state as any).value))).toEqual(new Set(['unopened', 'open']));
    expect(paths.length).toBeGreaterThan(20);
  });

  it('keeps one commit a step, one version a commit, and a conflict for each pair that clashed', () => {
    for (const { state } of paths) {
      const { context } = state as { context: ContextState };
      const steps = context.commits.map((c) => c.step);
      expect(new Set(steps).size).toBe(steps.length);
      expect(context.history.length).toBe(headOf(context));
      const clashed = steps.includes('ux') && steps.includes('qa');
      expect(context.conflicts).toHaveLength(clashed ? 1 : 0);
    }
  });

  it('answers every message but the kernel’s own with exactly one reply that its contract allows', () => {
    const stepper = createStepper(contextMachine);
    for (const { state } of paths) {
      for (const event of events) {
        const { effects } = stepper.step(state as never, event);
        const takes = stepper.can(state as never, event);
        const replies = effects.map((e: Effect) => (e.type === 'reply' ? e.params.message.type : e.type));
        if (event.type === 'actor.recovered' || !takes) expect(replies).toEqual([]);
        else expect(replies.map((type) => mayAnswer(event.type, type as MessageType))).toEqual([true]);
      }
    }
  });

  it('holds nothing but plain JSON', () => {
    for (const { state } of paths) {
      const { context } = state as { context: ContextState };
      expect(JSON.parse(JSON.stringify(context))).toEqual(context);
    }
  });
});

describe('the machine', () => {
  const stepper = createStepper(contextMachine);

  it('takes nothing but an opening before it is open', () => {
    const { snapshot } = stepper.start(input);
    expect([commit('pm', 0, '/a'), readNow, askConflicts].map((e) => stepper.can(snapshot, e))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('answers an opening it cannot take and waits for one it can', () => {
    const refused = stepper.step(stepper.start(input).snapshot, badOpen);
    expect(refused.snapshot.value).toBe('unopened');
    expect(refused.effects).toMatchObject([{ type: 'reply', params: { message: { type: 'error' } } }]);
    expect(stepper.step(refused.snapshot, open).snapshot.value).toBe('open');
  });

  it('does not change its snapshot for a read', () => {
    const { snapshot } = stepper.step(stepper.start(input).snapshot, open);
    for (const event of [readNow, askConflicts]) {
      const step = stepper.step(snapshot, event);
      expect(step.snapshot).toBe(snapshot);
      expect(step.effects).toHaveLength(1);
    }
  });

  it('goes on from its plain form as if nothing had been', () => {
    const before = [open, commit('ux', 0, '/free')].reduce(
      (s, e) => stepper.step(s, e).snapshot,
      stepper.start(input).snapshot,
    );
    const { value, context, status } = JSON.parse(JSON.stringify(before));
    const thawed = stepper.thaw({ value, context, status });
    const next = [before, thawed].map((s) => stepper.step(s, commit('qa', 0, '/free')));
    expect(next[1]!.effects).toEqual(next[0]!.effects);
    expect(next[1]!.snapshot.context).toEqual(next[0]!.snapshot.context);
  });
});

describe('the kind', () => {
  it('takes every message of the contract that goes to a context store', () => {
    const kind = contextKind();
    const toContext = Object.entries(MESSAGES).filter(([, row]) => row.to === 'context');
    expect(Object.keys(kind.accepts).sort()).toEqual([...toContext.map(([type]) => type), 'actor.recovered'].sort());
  });

  it('puts its limits into the input, so that a log replays under the limits it was written with', () => {
    const made = contextKind({ limits: { maxBytes: 5 } }).input({ run: 'r1', shard: '3' }, undefined, 1);
    expect(made).toEqual({ run: 'r1', limits: { ...limits, maxBytes: 5 } });
  });
});
