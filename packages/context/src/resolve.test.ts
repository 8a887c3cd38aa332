import { jsonBytes } from '@tutti/cache';
import type { AnyMessage, Conflict, ConflictTake, MessageOf } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { contextOptions } from './options.ts';
import { commit, conflictsOf, openAgain, openFirst, read, resolve } from './policy.ts';
import { type ContextState, headOf, unopened } from './state.ts';

/** A store that is stepped by hand. */
class Store {
  state: ContextState;
  reply: AnyMessage | undefined;

  constructor(limits: object = {}) {
    const fresh = unopened({ run: 'r', limits: contextOptions.parse({ limits }).limits });
    this.state = openFirst(fresh, {
      ...{ type: 'context.open', run: 'r', ownerEpoch: 1, ownership: {}, initial: { inputs: {} } },
    }).next;
  }

  write(step: string, base: number, path: string, value?: unknown): this {
    const write = value === undefined ? { op: 'delete', path } : { op: 'set', path, value };
    return this.#take(
      commit(this.state, {
        ...{ type: 'context.commit', run: 'r', ownerEpoch: 1, step, author: step, generation: 0, epoch: 1, base },
        writes: [write],
      } as never),
    );
  }

  decide(conflict: string, take: ConflictTake, more: Partial<MessageOf<'context.resolve'>> = {}): this {
    const order = { type: 'context.resolve' as const, run: 'r', ownerEpoch: 1, conflict, take, by: 'ann', atMs: 5 };
    return this.#take(resolve(this.state, { ...order, ...more }));
  }

  #take({ next, reply }: { next: ContextState; reply: AnyMessage }): this {
    this.state = next;
    this.reply = reply;
    return this;
  }

  get open(): readonly Conflict[] {
    return (conflictsOf(this.state) as MessageOf<'context.conflicted'>).conflicts;
  }
  get code(): string | undefined {
    return this.reply?.type === 'error' ? this.reply.error.code : undefined;
  }
}

/** Two writers who had read version 0: `a` was first. */
const clashed = (a: unknown = 1, b: unknown = 2) => new Store().write('a', 0, '/x/y', a).write('b', 0, '/x/y', b);

describe('a decision about a conflict', () => {
  it('that names a version which nobody can have seen is refused', () => {
    const store = clashed().write('c', 2, '/x/y', 'unseen').decide('2-1', 'refused', { over: 999 });
    expect([store.code, headOf(store.state), store.state.tree]).toMatchObject([
      'version_gone',
      3,
      { x: { y: 'unseen' } },
    ]);
    expect(store.decide('2-1', 'refused', { over: 3 }).reply).toMatchObject({ type: 'context.resolved', newest: 4 });
  });

  it('that leaves things as they are is taken by a full context', () => {
    const { bytes } = clashed().state;
    const full = new Store({ maxBytes: bytes }).write('a', 0, '/x/y', 1).write('b', 0, '/x/y', 2);
    expect(full.decide('2-1', { value: 'x'.repeat(500) }).code).toBe('body_too_large');
    expect(full.decide('2-1', 'kept').reply).toMatchObject({ type: 'context.resolved' });
  });

  it('that keeps what stands marks it, and makes no version', () => {
    const store = clashed().decide('2-1', 'kept');
    const resolved = { take: 'kept', by: 'ann', atMs: 5 };
    expect(store.reply).toEqual({ type: 'context.resolved', run: 'r', conflict: '2-1', resolved, newest: 2 });
    expect([headOf(store.state), store.open, store.state.tree]).toMatchObject([2, [], { x: { y: 1 } }]);
    expect(store.state.conflicts).toMatchObject([{ id: '2-1', kept: { value: 1 }, refused: { value: 2 }, resolved }]);
  });

  it('for what was refused, or for a value, is committed as a version in the name of the person', () => {
    const refused = clashed().decide('2-1', 'refused', { comment: 'newer' });
    expect(refused.reply).toMatchObject({ resolved: { take: 'refused', version: 3, comment: 'newer' }, newest: 3 });
    expect(refused.state.tree).toMatchObject({ x: { y: 2 } });
    expect(refused.state.commits.at(-1)).toMatchObject({ author: 'person:ann', paths: ['/x/y'] });
    const value = clashed().decide('2-1', { value: { both: [1, 2] } });
    expect(value.state.tree).toMatchObject({ x: { y: { both: [1, 2] } } });
  });

  it('for a deletion that was refused removes what stands', () => {
    const store = new Store().write('s', 0, '/x/y', 0).write('a', 1, '/x/y', 1).write('b', 1, '/x/y');
    store.decide('3-1', 'refused');
    expect(store.state.tree['x']).toEqual({});
  });

  it('leaves the versions before as they were', () => {
    const { state } = clashed().decide('2-1', 'refused');
    const at = (version: number) => read(state, { type: 'context.read', run: 'r', paths: ['/x/y'], version });
    expect([at(2), at(3)]).toMatchObject([{ values: { '/x/y': 1 } }, { values: { '/x/y': 2 } }]);
  });

  it('is answered alike when it comes again, and another one is told what holds', () => {
    const store = clashed().decide('2-1', 'refused');
    const [first, { state }] = [store.reply, store];
    expect(store.decide('2-1', 'refused').reply).toEqual(first);
    expect(store.decide('2-1', 'kept', { by: 'ben', atMs: 9 }).reply).toEqual(first);
    expect(store.state).toBe(state);
  });

  it('is known to an owner that opens the context again, and is no commit of a step', () => {
    const { state } = clashed().decide('2-1', 'refused');
    const { reply } = openAgain(state, { ownerEpoch: 2 } as never);
    expect(reply).toMatchObject({
      version: 3,
      commits: [{ step: 'a' }, { step: 'b', conflicts: [{ id: '2-1', resolved: { by: 'ann', version: 3 } }] }],
    });
    expect((reply as MessageOf<'context.opened'>).commits).toHaveLength(2);
  });

  it('is not overwritten unseen by a step that had read what was there before', () => {
    const store = clashed().decide('2-1', 'refused').write('late', 2, '/x/y', 9);
    expect(store.state.tree).toMatchObject({ x: { y: 2 } });
    expect(store.open).toMatchObject([{ id: '4-1', kept: { author: 'person:ann', value: 2 }, refused: { value: 9 } }]);
  });

  it.each<[string, string, Partial<MessageOf<'context.resolve'>>]>([
    ['unknown_conflict', '9-9', {}],
    ['stale_epoch', '2-1', { ownerEpoch: 0 }],
    ['context_truncated', '2-1', { known: 7 }],
  ])('is refused as %s', (code, conflict, more) => {
    const store = clashed();
    const { state } = store;
    expect(store.decide(conflict, 'refused', more).code).toBe(code);
    expect(store.state).toBe(state);
  });

  it('that no limit has room for changes nothing', () => {
    const full = new Store({ maxCommits: 2 }).write('a', 0, '/x', 1).write('b', 0, '/x', 2).decide('2-1', 'refused');
    expect([full.code, full.open.length, full.state.tree['x']]).toEqual(['overloaded', 1, 1]);
    const large = new Store({ maxBytes: 400 }).write('a', 0, '/x', 1).write('b', 0, '/x', 2);
    large.decide('2-1', { value: 'x'.repeat(400) });
    expect([large.code, large.open.length, large.state.tree['x']]).toEqual(['body_too_large', 1, 1]);
    expect(full.decide('2-1', 'kept').code).toBeUndefined();
  });
});

describe('a place that was written again after its conflict', () => {
  const again = () => clashed().write('c', 2, '/x/y', 3);

  it.each<ConflictTake>(['kept', 'refused', { value: 4 }])(
    'is not decided over (%j) by who has not seen it; who names that version decides',
    (take) => {
      const store = again().decide('2-1', take);
      expect(store.reply).toMatchObject({
        error: { code: 'place_changed', details: { path: '/x/y', version: 3, author: 'c' } },
      });
      expect([store.open.length, store.state.tree]).toMatchObject([1, { x: { y: 3 } }]);
      expect(store.decide('2-1', take, { over: 2 }).code).toBe('place_changed');
      expect(store.decide('2-1', take, { over: 3 }).code).toBeUndefined();
      expect(store.state.tree).toMatchObject({ x: { y: take === 'kept' ? 3 : take === 'refused' ? 2 : 4 } });
    },
  );

  it('is decided where what stands is what the record shows, and where only others changed', () => {
    expect(again().write('d', 3, '/x/y', 1).decide('2-1', 'refused').code).toBeUndefined();
    expect(clashed().write('c', 2, '/x/z', 3).decide('2-1', 'refused').code).toBeUndefined();
  });

  it('below it or above it, too', () => {
    expect(clashed({ a: 1 }, { a: 2 }).write('c', 2, '/x/y/b', 3).state.conflicts[0]?.path).toBe('/x/y');
    expect(clashed({ a: 1 }, { a: 2 }).write('c', 2, '/x/y/b', 3).decide('2-1', 'refused').code).toBe('place_changed');
    expect(clashed().write('c', 2, '/x').decide('2-1', 'refused').code).toBe('place_changed');
  });

  it('that is no place any more is not decided, whatever version is named', () => {
    const store = clashed().write('c', 2, '/x', 'plain').decide('2-1', 'refused', { over: 3 });
    expect([store.code, store.state.tree['x']]).toEqual(['place_changed', 'plain']);
    expect(store.decide('2-1', 'kept', { over: 3 }).code).toBeUndefined();
  });

  it('by another decision was written by a person', () => {
    const store = clashed().write('c', 0, '/x/y', 3).decide('2-1', 'refused').decide('3-1', 'refused');
    expect(store.reply).toMatchObject({ error: { code: 'place_changed', details: { author: 'person:ann' } } });
  });
});

it('the bytes of a context are those of its tree and its conflicts, decided or not', () => {
  const store = clashed().decide('2-1', { value: 'longer than before' });
  const plain = new Store().write('a', 0, '/x/y', 'longer than before');
  const record = jsonBytes(store.state.conflicts[0] as never);
  expect(store.state.bytes).toBe(plain.state.bytes + record);
});
