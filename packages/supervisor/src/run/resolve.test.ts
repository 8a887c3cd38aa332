import { type MessageOf, TuttiError } from '@tutti/contracts';
import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld, type Sent } from '../testing/run-world.ts';

/** a and b write one place; c follows from both, and may be skipped. */
const definition = workflow('w', (w) => {
  const both = ['a', 'b'].map((id) => w.step(id));
  w.step('c', { depends_on: both.map((step) => step.completion), on_failure: 'continue', retry: 1 });
});
const conflict = (n = 1) => ({
  ...{ id: `2-${n}`, path: `/x/${n}`, version: 2 },
  ...{ kept: { author: 'a', value: 1 }, refused: { author: 'b', value: 2 } },
});

/** b's write was refused at `count` places; c is queued. */
const clashed = (count = 1) => {
  const conflicts = Array.from({ length: count }, (_, i) => conflict(i + 1));
  const t = new RunWorld(definition).opened().place('a').place('b').commit('a').commit('b', { version: 2, conflicts });
  return t.forget();
};
/** All steps are over. */
const conflicted = (count = 1) => {
  const t = clashed(count).place('c').commit('c', { version: 3 });
  expect(t.run).toMatchObject({ phase: 'ended', outcome: 'conflicted' });
  return t.forget();
};
const order = (take: unknown = 'refused', more: object = {}): Sent => {
  return { type: 'run.resolve', run: 'r', conflict: '2-1', take, by: 'ann', ...more };
};
const asked = (t: RunWorld): MessageOf<'context.resolve'>[] =>
  t.customs('resolve').map((wanted) => (wanted as { message: MessageOf<'context.resolve'> }).message);
/** What the context store says to the last question; the first decision holds. */
const answer = (t: RunWorld, resolved: object = {}): Sent => {
  const message = asked(t).at(-1);
  if (message === undefined) throw new Error('nothing was asked');
  const { conflict: id, take, by, atMs } = message;
  const version = take === 'kept' ? {} : { version: 9 };
  const holds = { take, by, atMs, ...version, ...resolved };
  return { type: 'context.resolved', run: 'r', conflict: id, resolved: holds, newest: 9, asked: message };
};
const code = (t: RunWorld) => (t.replies().at(-1) as { error?: { code: string } } | undefined)?.error?.code;

describe('a decision while the run goes on', () => {
  it('is asked of the context store, and answered once that has recorded it', () => {
    const t = clashed().take(order('refused', { comment: 'newer', over: 7 }));
    expect(asked(t)).toEqual([
      {
        ...{ type: 'context.resolve', run: 'r', ownerEpoch: 1, conflict: '2-1', take: 'refused', by: 'ann' },
        ...{ atMs: t.at, comment: 'newer', over: 7, known: 2 },
      },
    ]);
    expect([t.replies(), t.events('conflict.resolved')]).toEqual([[], []]);
    t.take(answer(t, { comment: 'newer' }));
    expect(t.events('conflict.resolved')).toEqual([
      { id: '2-1', path: '/x/1', take: 'refused', by: 'ann', comment: 'newer', version: 9 },
    ]);
    expect(t.replies()).toMatchObject([{ type: 'run.state', conflicts: [{ id: '2-1', resolved: { by: 'ann' } }] }]);
    expect(t.run).toMatchObject({ version: 9, deciding: undefined });
  });

  it('lets the run end as it would have without', () => {
    const t = clashed().take(order('kept'));
    t.take(answer(t)).place('c').commit('c', { version: 3 });
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
    expect(t.events('run.finished')).toMatchObject([{ outcome: 'succeeded', conflicts: 0 }]);
  });

  it('keeps the run from its end until it is stored, and no longer than the run may last', () => {
    const t = clashed().take(order()).place('c').commit('c', { version: 3 });
    expect(t.run.phase).toBe('running');
    const stopped = clashed().take(order()).take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    expect(stopped.run).toMatchObject({ phase: 'ended', outcome: 'cancelled' });
    expect(stopped.did('retire')).toBe(false);
    t.take(answer(t));
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
    expect(t.events('run.finished')).toHaveLength(1);
  });

  it('that the store refuses is told with its reason, and another one may follow', () => {
    const t = clashed().take(order());
    const error = new TuttiError('place_changed', 'version 8', { details: { version: 8 } }).toData();
    t.take({ type: 'conflict.refused', conflict: '2-1', error });
    expect(t.replies()).toEqual([{ type: 'error', error }]);
    t.forget().take(order('kept', { over: 8 }));
    expect(asked(t)).toMatchObject([{ take: 'kept', over: 8 }]);
  });

  it('that was asked for twice and refused twice is not the order of somebody else, who came in between', () => {
    const t = clashed().take(order()).take(order());
    const [question] = asked(t);
    const error = new TuttiError('place_changed', 'version 8', { details: { version: 8 } }).toData();
    const refused = { type: 'conflict.refused', conflict: '2-1', error, asked: question };
    t.take(refused)
      .take(order('kept', { over: 8, by: 'ben' }))
      .forget()
      .take(refused);
    expect(t.take({ type: 'timer.sync' }).run.deciding).toMatchObject([{ by: 'ben', over: 8 }]);
  });

  it('that is being stored when the time of the run is over changes nothing of its outcome: its work was done', () => {
    const t = clashed().take(order()).place('c').commit('c', { version: 3 }).take({ type: 'timer.run' });
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'conflicted' });
    expect(t.take(answer(t)).run.outcome).toBe('succeeded');
  });

  it('is made about what came too late for its step, too', () => {
    const t = clashed().place('c').take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    const late = { id: '3-1', version: 3, path: '/z', kept: { author: 'a' }, refused: { author: 'c' } };
    t.commit('c', { version: 3, conflicts: [late], heardAtMs: 1 });
    expect(t.run).toMatchObject({ outcome: 'cancelled', version: 3 });
    expect(t.run.conflicts.map(({ id }) => id)).toContain('3-1');
  });

  it('that got no answer is asked for again, with the time at which it was given', () => {
    const t = clashed().take(order());
    const first = asked(t)[0];
    t.forget().take({
      type: 'call.failed',
      call: 'resolve:2-1',
      code: 'request_timeout',
      message: '',
      retryable: true,
    });
    expect(t.set).toMatchObject([{ id: 'resolve' }]);
    t.take({ type: 'timer.resolve' });
    expect(asked(t)).toEqual([first]);
  });

  it('that a dead owner gave to nobody is asked for by the next one', () => {
    const t = clashed().take(order()).recover().opened().forget().surveyed();
    expect(asked(t)).toMatchObject([{ conflict: '2-1', ownerEpoch: 2 }]);
  });
});

describe('two decisions about one conflict', () => {
  it('are one when they are the same: both are answered alike, and told once', () => {
    const t = clashed().take(order());
    const first = answer(t);
    t.take(order()).take(first).take(answer(t)).take(order());
    expect(t.replies().map(({ type }) => type)).toEqual(['run.state', 'run.state', 'run.state']);
    expect(t.events('conflict.resolved')).toHaveLength(1);
  });

  it.each([
    ['another side', order('kept')],
    ['another person', order('refused', { by: 'ben' })],
    ['a value', order({ value: 2 })],
    ['another reason', order('refused', { comment: 'because' })],
  ])('are refused when the second has %s, with the name of the first', (_, second) => {
    const t = clashed().take(order());
    t.forget().take(second);
    expect([code(t), asked(t)]).toEqual(['overloaded', []]);
    t.take(order());
    t.take(answer(t)).forget().take(second);
    expect(t.replies()).toMatchObject([
      { error: { code: 'already_answered', details: { by: 'ann', take: 'refused' } } },
    ]);
  });

  it('are told apart by the store where the journal knows of neither', () => {
    const t = clashed().take(order('kept'));
    t.take(answer(t, { take: 'refused', by: 'ben', version: 5 }));
    expect(code(t)).toBe('already_answered');
    expect(t.run.conflicts).toMatchObject([{ resolved: { by: 'ben', version: 5 } }]);
  });
});

describe('a decision after the end', () => {
  it('makes the outcome what it would have been, and the end is told again', () => {
    const t = conflicted();
    const { endedAtMs } = t.run;
    t.pass(60_000).take(order());
    expect([t.did('revive'), t.run.phase]).toEqual([true, 'ended']);
    t.take(answer(t));
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'succeeded', reason: 'every step succeeded', endedAtMs });
    expect(t.events('run.finished')).toMatchObject([{ outcome: 'succeeded', conflicts: 0, succeeded: 3, again: true }]);
    expect((t.events('run.finished')[0] as { makespanMs: number }).makespanMs).toBeLessThan(1_000);
    expect(t.did('retire')).toBe(true);
    expect(t.replies()).toMatchObject([{ type: 'run.state', outcome: 'succeeded' }]);
  });

  it('leaves the run conflicted while another one is open', () => {
    const t = conflicted(2).take(order());
    t.take(answer(t));
    expect(t.events('run.finished')).toMatchObject([{ outcome: 'conflicted', conflicts: 1 }]);
    t.forget().take(order('kept', { conflict: '2-2' }));
    t.take(answer(t));
    expect(t.run.outcome).toBe('succeeded');
  });

  it('of a run that lacks results is partial, and of one that failed changes no outcome', () => {
    const partial = clashed().place('c').fail('c');
    partial.forget().take(order());
    expect(partial.take(answer(partial)).run.outcome).toBe('partial');
    const cancelled = clashed().take({ type: 'run.cancel', run: 'r', reason: 'enough' }).forget().take(order());
    expect(cancelled.take(answer(cancelled)).run).toMatchObject({ outcome: 'cancelled', reason: 'enough' });
  });

  it('is taken up by the next owner, who lets go of the run once it is stored or refused', () => {
    const t = conflicted().take(order()).forget().recover();
    expect(asked(t)).toMatchObject([{ ownerEpoch: 2 }]);
    expect(t.did('retire')).toBe(false);
    t.take({ type: 'conflict.refused', conflict: '2-1', error: new TuttiError('overloaded', 'full').toData() });
    expect([t.did('retire'), t.run.outcome]).toEqual([true, 'conflicted']);
  });

  it('of a conflict that nobody knows is refused, and nothing goes on', () => {
    const t = conflicted().take(order('kept', { conflict: '7-7' }));
    expect([code(t), t.did('revive')]).toEqual(['unknown_conflict', false]);
  });

  it('that the journal has lost with its broker is heard from the context store', () => {
    const t = conflicted();
    const resolved = { take: 'kept', by: 'ann', atMs: 1 };
    t.opened([t.committed('b', { version: 2, conflicts: [{ ...conflict(), resolved }] })]);
    expect(t.run).toMatchObject({ outcome: 'succeeded', conflicts: [{ resolved }] });
  });
});

describe('a retry of a run with conflicts', () => {
  const retry = (step?: string) => {
    return { type: 'run.retry', run: 'r', by: 'ann', request: `q${step}`, ...(step === undefined ? {} : { step }) };
  };

  it('from a named step leaves them open', () => {
    const t = conflicted().take(retry());
    expect(code(t)).toBe('nothing_to_retry');
    t.take(retry('c')).opened().place('c').commit('c', { generation: 1, version: 4 });
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'conflicted' });
  });

  it('may begin where what was decided is read, though all succeeded', () => {
    const t = conflicted().take(order());
    t.take(answer(t)).forget().take(retry());
    expect(code(t)).toBe('nothing_to_retry');
    t.take(retry('c')).opened().place('c');
    expect(t.events('run.retried')).toMatchObject([{ from: 'c', steps: ['c'], kept: 2 }]);
    expect(t.run.version).toBe(9);
    t.commit('c', { generation: 1, version: 10 });
    expect(t.run.outcome).toBe('succeeded');
  });
});
