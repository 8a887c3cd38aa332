import type { AnyMessage, Body, MessageOf } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { contextOptions } from './options.ts';
import { commit, openAgain, openFirst, read } from './policy.ts';
import { type ContextState, headOf, unopened } from './state.ts';

type Writes = Body<'context.commit'>['writes'];
type Extra = Partial<Body<'context.commit'>>;

const set = (path: string, value: any): Writes[number] => ({ op: 'set', path, value });
const del = (path: string): Writes[number] => ({ op: 'delete', path });

/** A store that remembers its state between messages. */
function store(open: Partial<Body<'context.open'>> = {}, limits: object = {}) {
  let state: ContextState = unopened({ run: 'r1', limits: contextOptions.parse({ limits }).limits });
  const take = <T extends AnyMessage>({ next, reply }: { next: ContextState; reply: AnyMessage }): T => {
    state = next;
    return reply as T;
  };
  const first = { type: 'context.open', run: 'r1', ownerEpoch: 1, ownership: {}, initial: {}, ...open } as const;
  take(openFirst(state, first));
  return {
    state: () => state,
    opened: (ownerEpoch = 1) => take<MessageOf<'context.opened'>>(openAgain(state, { ...first, ownerEpoch })),
    send: (author: string, base: number, writes: Writes, extra: Extra = {}) =>
      take<any>(
        commit(state, {
          type: 'context.commit',
          run: 'r1',
          ownerEpoch: 1,
          step: author,
          author,
          generation: 0,
          epoch: 1,
          base,
          writes,
          ...extra,
        }),
      ),
    read: (paths: string[], version?: number) =>
      read(state, { type: 'context.read', run: 'r1', paths, ...(version === undefined ? {} : { version }) }) as any,
  };
}

describe('one commit for each step and generation', () => {
  it('answers a repeated commit with the first result and writes nothing', () => {
    const s = store();
    const first = s.send('pm', 0, [set('/pm', { a: 1 })]);
    const again = s.send('pm', 0, [set('/pm', { a: 2 })], { epoch: 2 });
    expect(first).toMatchObject({ type: 'context.committed', version: 1, epoch: 1, duplicate: false, paths: ['/pm'] });
    expect(again).toEqual({ ...first, duplicate: true });
    expect(s.read(['/pm']).values).toEqual({ '/pm': { a: 1 } });
  });

  it('takes a step again in its next generation', () => {
    const s = store();
    s.send('pm', 0, [set('/pm', 1)]);
    expect(s.send('pm', 1, [set('/pm', 2)], { generation: 1 })).toMatchObject({ version: 2, duplicate: false });
    expect(s.read(['/pm']).values).toEqual({ '/pm': 2 });
  });

  it('repeats the conflicts of the first result too', () => {
    const s = store();
    s.send('a', 0, [set('/x', 1)]);
    const first = s.send('b', 0, [set('/x', 2)]);
    s.send('c', 0, [set('/x', 3)]);
    expect(s.send('b', 0, [set('/x', 2)])).toEqual({ ...first, duplicate: true });
  });

  it('makes a version of a commit that writes nothing', () => {
    const s = store();
    expect(s.send('qa', 0, [])).toMatchObject({ version: 1, paths: [], conflicts: [] });
  });
});

describe('fencing', () => {
  it('refuses an owner that was replaced, even for a commit it made itself', () => {
    const s = store();
    s.send('pm', 0, [set('/pm', 1)]);
    s.opened(5);
    expect(s.send('pm', 0, [set('/pm', 1)], { ownerEpoch: 4 }).error.code).toBe('stale_epoch');
    expect(s.opened(4)).toMatchObject({ type: 'error', error: { code: 'stale_epoch' } });
  });

  it('learns of a new owner from its first commit, even one that is refused', () => {
    const s = store();
    s.send('pm', 9, [], { ownerEpoch: 7 });
    expect(s.send('pm', 0, [], { ownerEpoch: 6 }).error.code).toBe('stale_epoch');
  });

  it('refuses a base that does not exist', () => {
    const answer = store().send('pm', 3, [set('/pm', 1)]);
    expect(answer.error).toMatchObject({ code: 'version_gone', details: { asked: 3, newest: 0 } });
  });
});

describe('a store that lacks what its run was told of', () => {
  const lost = { code: 'context_truncated', details: { run: 'r1', known: 2, newest: 1 } };

  it('takes no commit, so that no version is given twice, and changes nothing', () => {
    const s = store();
    expect(s.send('pm', 0, [set('/pm', 1)], { known: 0 })).toMatchObject({ version: 1 });
    const before = s.state();
    expect(s.send('qa', 0, [set('/qa', 1)], { known: 2 }).error).toMatchObject(lost);
    expect(s.state()).toEqual(before);
    expect(s.send('qa', 0, [set('/qa', 1)], { known: 1 })).toMatchObject({ version: 2 });
  });

  it('says so when it is opened, even if nothing of it is left', () => {
    const s = store();
    s.send('pm', 0, [set('/pm', 1)]);
    const open = { type: 'context.open', run: 'r1', ownerEpoch: 2, ownership: {}, initial: {}, known: 2 } as const;
    expect(openAgain(s.state(), open).reply).toMatchObject({ type: 'error', error: lost });
    expect(openAgain(s.state(), { ...open, known: 1 }).reply).toMatchObject({ type: 'context.opened', version: 1 });
    const empty = unopened({ run: 'r1', limits: contextOptions.parse({}).limits });
    expect(openFirst(empty, open).reply).toMatchObject({ type: 'error', error: { code: 'context_truncated' } });
  });
});

describe('opening again', () => {
  it('reports every commit so far and changes nothing', () => {
    const s = store({ initial: { inputs: { idea: 'x' } } });
    s.send('pm', 0, [set('/pm', 1)]);
    s.send('qa', 1, [set('/qa', 1)]);
    expect(s.opened()).toMatchObject({
      version: 2,
      commits: [
        { step: 'pm', version: 1, duplicate: true },
        { step: 'qa', version: 2, duplicate: true },
      ],
    });
    expect(s.read(['/inputs/idea']).values).toEqual({ '/inputs/idea': 'x' });
  });
});

describe('ownership', () => {
  const ownership = { pm: ['requirements'], architect: ['system'] };

  it('refuses to write what another author was given, names owner and ways out, and writes nothing', () => {
    const s = store({ ownership });
    const { error } = s.send('architect', 0, [set('/system/x', 1), set('/requirements/x', 1)]);
    expect(error).toMatchObject({
      code: 'not_allowed',
      retryable: false,
      details: { author: 'architect', path: '/requirements/x', owner: 'pm', free: '/architect' },
    });
    expect(error.message).toContain('ownership');
    expect(s.read(['']).values).toEqual({ '': {} });
    expect(headOf(s.state())).toBe(0);
  });

  it('lets an author write its roots, the root of its own name, and what nobody owns', () => {
    const s = store({ ownership });
    expect(s.send('pm', 0, [set('/requirements', 1), set('/pm/x', 1), set('/free', 1)]).type).toBe('context.committed');
  });

  it('keeps the own root of an author of the table for that author', () => {
    expect(store({ ownership }).send('pm', 0, [set('/architect', 1)]).error.code).toBe('not_allowed');
  });

  it('keeps an author from its own name when that root was given away', () => {
    const s = store({ ownership: { pm: ['qa'] } });
    expect(s.send('qa', 0, [set('/qa', 1)]).error.code).toBe('not_allowed');
  });

  it('sees through escapes of a path', () => {
    const s = store({ ownership: { pm: ['a/b'] } });
    expect(s.send('qa', 0, [set('/a~1b/x', 1)]).error.code).toBe('not_allowed');
  });

  it('lets nobody replace the whole context while another owns a part of it', () => {
    expect(store({ ownership }).send('pm', 0, [del('')]).error.code).toBe('not_allowed');
    expect(store({ ownership: { pm: ['requirements'] } }).send('pm', 0, [set('', { a: 1 })]).version).toBe(1);
  });

  it('refuses to open with one root given to two', () => {
    const limits = contextOptions.parse({}).limits;
    const message = { type: 'context.open', run: 'r1', ownerEpoch: 1, initial: {} } as const;
    const twice = openFirst(unopened({ run: 'r1', limits }), { ...message, ownership: { a: ['x'], b: ['x'] } });
    expect(twice.reply).toMatchObject({ type: 'error', error: { code: 'bad_message' } });
  });
});

describe('writes that cannot be', () => {
  it.each(['/__proto__/x', '/a/constructor', '/a/b/prototype'])('refuses the reserved word in %s', (path) => {
    const s = store();
    expect(s.send('pm', 0, [set('/ok', 1), set(path, 1)]).error.code).toBe('bad_agent_output');
    expect(s.read(['']).values).toEqual({ '': {} });
    expect(({} as any).x).toBeUndefined();
  });

  it('refuses, whole, a write-set that goes through a plain value its writer could see', () => {
    const s = store({ initial: { text: 'hello' } });
    expect(s.send('pm', 0, [set('/ok', 1), set('/text/b', 1)]).error).toMatchObject({
      code: 'bad_agent_output',
      details: { path: '/text/b' },
    });
    expect(headOf(s.state())).toBe(0);
  });
});

describe('merging', () => {
  it('merges disjoint paths, below one new parent too', () => {
    const s = store();
    s.send('a', 0, [set('/shared/a', 1)]);
    expect(s.send('b', 0, [set('/shared/b', 2)])).toMatchObject({ conflicts: [], paths: ['/shared/b'] });
    expect(s.read(['/shared']).values).toEqual({ '/shared': { a: 1, b: 2 } });
  });

  it('merges two versions of one object key by key', () => {
    const s = store({ initial: { doc: { x: 1, y: 1, z: 1 } } });
    s.send('a', 0, [set('/doc', { x: 2, y: 1, z: 1 })]);
    expect(s.send('b', 0, [set('/doc', { x: 1, y: 2 })])).toMatchObject({ conflicts: [], paths: ['/doc'] });
    expect(s.read(['/doc']).values).toEqual({ '/doc': { x: 2, y: 2 } });
  });

  it('records a clash with both sides, keeps the first value, and commits the rest', () => {
    const s = store({ initial: { req: { title: 'old', note: 'old' } } });
    s.send('ux_expert', 0, [set('/req/title', 'mobile first')]);
    const answer = s.send('architect', 0, [set('/req/title', 'desktop'), set('/req/note', 'new')]);
    expect(answer.paths).toEqual(['/req/note']);
    expect(answer.conflicts).toEqual([
      {
        id: '2-1',
        path: '/req/title',
        version: 2,
        kept: { author: 'ux_expert', value: 'mobile first' },
        refused: { author: 'architect', value: 'desktop' },
        base: 'old',
      },
    ]);
    expect(s.read(['/req']).values).toEqual({ '/req': { title: 'mobile first', note: 'new' } });
  });

  it('finds no clash where both wrote the same', () => {
    const s = store();
    s.send('a', 0, [set('/x', { v: [1] })]);
    expect(s.send('b', 0, [set('/x', { v: [1] })])).toMatchObject({ conflicts: [], paths: ['/x'] });
  });

  it.each([
    ['a change of what the first deleted', del('/d'), set('/d/k', 2), '/d', undefined, { k: 2 }],
    ['a deletion of what the first changed', set('/d/k', 2), del('/d'), '/d', { k: 2 }, undefined],
    ['a write below what the first made a plain value', set('/d', 5), set('/d/k', 2), '/d', 5, { k: 2 }],
    ['a plain value over what the first wrote below', set('/d/k', 2), set('/d', 5), '/d', { k: 2 }, 5],
  ])('records %s', (_, first, second, path, kept, refused) => {
    const s = store({ initial: { d: { k: 1 } } });
    s.send('a', 0, [first]);
    const [conflict] = s.send('b', 0, [second]).conflicts;
    expect(conflict).toMatchObject({ path, base: { k: 1 } });
    expect(conflict.kept.value).toEqual(kept);
    expect(conflict.refused.value).toEqual(refused);
    expect(s.read(['/d']).values['/d']).toEqual(kept);
  });

  it('lays a whole object over a write below it without losing that', () => {
    const s = store({ initial: { d: {} } });
    s.send('a', 0, [set('/d/k', 1)]);
    expect(s.send('b', 0, [set('/d', { m: 2 })]).conflicts).toEqual([]);
    expect(s.read(['/d']).values).toEqual({ '/d': { k: 1, m: 2 } });
  });

  it('takes two changes of one list for a clash, by index too', () => {
    const s = store({ initial: { log: ['x', 'y'] } });
    s.send('a', 0, [del('/log/0')]);
    const [conflict] = s.send('b', 0, [set('/log/1', 'z')]).conflicts;
    expect(conflict).toMatchObject({ path: '/log', kept: { value: ['y'] }, refused: { value: ['x', 'z'] } });
  });

  it('takes a change of a list that became an object meanwhile for a clash: a place in one is no key of the other', () => {
    const changes = [
      [set('/x/-', 'mine'), { k: 1 }, ['one', 'two', 'mine']],
      [set('/x/2', 'mine'), { k: 1 }, ['one', 'two', 'mine']],
      [del('/x/0'), { 0: 'one', k: 9 }, ['two']],
    ] as const;
    for (const [write, theirs, refused] of changes) {
      const s = store({ initial: { x: ['one', 'two'] } });
      s.send('a', 0, [set('/x', theirs)]);
      const { conflicts, paths } = s.send('b', 0, [write]);
      expect(conflicts).toMatchObject([{ path: '/x', kept: { value: theirs }, refused: { value: refused } }]);
      expect(paths).toEqual([]);
    }
  });

  it('reports one clash once, however many writes of the set are in it', () => {
    const s = store({ initial: { d: { k: 1 } } });
    s.send('a', 0, [del('/d')]);
    const { conflicts, paths } = s.send('b', 0, [set('/d/x', 1), set('/d/y', 2), set('/e', 3)]);
    expect(conflicts.map((c: any) => c.refused.value)).toEqual([{ k: 1, x: 1, y: 2 }]);
    expect(paths).toEqual(['/e']);
  });

  it('applies the writes of one set in their order', () => {
    const s = store();
    s.send('a', 0, [set('/d', { x: 1 }), set('/d/y', 2), del('/d/x'), set('/d/z/deep', 3)]);
    expect(s.read(['/d']).values).toEqual({ '/d': { y: 2, z: { deep: 3 } } });
  });

  it('names the author whose value stands, not the last to write nearby', () => {
    const s = store({ initial: { d: { x: 0, y: 0 } } });
    s.send('a', 0, [set('/d', { x: 1, y: 0 })]);
    s.send('b', 0, [set('/d', { x: 0, y: 2 })]);
    expect(s.send('c', 0, [set('/d/x', 9)]).conflicts[0].kept).toEqual({ author: 'a', value: 1 });
  });

  it('compares a large write-set with many versions the same way as a small one', () => {
    const s = store();
    for (let i = 0; i < 40; i++) s.send(`s${i}`, i, [set(`/a/k${i}`, i)]);
    const writes = Array.from({ length: 40 }, (_, i) => set(`/a/k${i}/deep`, 1));
    const answer = s.send('late', 0, [...writes.slice(20), set('/b', 1)]);
    expect(answer.conflicts).toHaveLength(20);
    expect(answer.paths).toEqual(['/b']);
  });
});

describe('a base older than the history', () => {
  const old = () => {
    const s = store({ initial: { d: { k: 1 }, log: [1] } }, { historyVersions: 2 });
    s.send('a', 0, [set('/x', 1), set('/d/k', 2)]);
    for (let i = 0; i < 5; i++) s.send(`s${i}`, i + 1, [set(`/s${i}`, i)]);
    return s;
  };

  it('still commits what nobody touched since', () => {
    const s = old();
    expect(s.send('late', 0, [set('/late', 1), set('/log/-', 2)])).toMatchObject({ conflicts: [], version: 7 });
    expect(s.read(['/late', '/log']).values).toEqual({ '/late': 1, '/log': [1, 2] });
  });

  it('finds a clash wherever it cannot know better, and says who was first', () => {
    const [conflict] = old().send('late', 0, [set('/d', { k: 1, m: 1 })]).conflicts;
    expect(conflict).toMatchObject({
      path: '/d',
      kept: { author: 'a', value: { k: 2 } },
      refused: { author: 'late', value: { k: 1, m: 1 } },
    });
    expect(conflict).not.toHaveProperty('base');
  });

  it('records every write of a set, also where a list has no place for one of them any more', () => {
    const s = store({ initial: { x: {} } }, { historyVersions: 0 });
    s.send('a', 0, [set('/x', ['theirs'])]);
    const [conflict] = s.send('late', 0, [set('/x/-', 1), set('/x/k', 2)]).conflicts;
    expect(conflict).toMatchObject({ path: '/x', refused: { value: { 1: 1, k: 2 } } });
  });

  it('finds no clash where both wrote the same', () => {
    expect(old().send('late', 0, [set('/x', 1)]).conflicts).toEqual([]);
  });

  it('records a write below what became a plain value', () => {
    const [conflict] = old().send('late', 0, [set('/x/deep', 5)]).conflicts;
    expect(conflict).toMatchObject({ path: '/x', kept: { value: 1 }, refused: { value: { deep: 5 } } });
  });
});

describe('limits', () => {
  it('refuses a commit that would grow the context over its bytes, and takes a smaller one', () => {
    const s = store({}, { maxBytes: 1_000 });
    expect(s.send('a', 0, [set('/a', 'x'.repeat(900))]).type).toBe('context.committed');
    expect(s.send('b', 1, [set('/b', 'x'.repeat(900))]).error).toMatchObject({
      code: 'body_too_large',
      retryable: false,
      details: { limit: 'maxBytes', max: 1_000 },
    });
    expect(s.send('a', 1, [set('/a', 'x')], { generation: 1 }).version).toBe(2);
    expect(s.send('b', 2, [set('/b', 'x'.repeat(900))]).version).toBe(3);
  });

  it('counts the values that conflict records hold', () => {
    const s = store({}, { maxBytes: 1_000 });
    s.send('a', 0, [set('/a', 1)]);
    expect(s.send('b', 0, [set('/a', 'x'.repeat(2_000))]).error.code).toBe('body_too_large');
  });

  it('refuses more conflicts than a person can look at', () => {
    const s = store({}, { maxConflicts: 1 });
    s.send('a', 0, [set('/a', 1)]);
    expect(s.send('b', 0, [set('/a', 2)]).type).toBe('context.committed');
    expect(s.send('c', 0, [set('/a', 3)]).error).toMatchObject({
      code: 'overloaded',
      details: { limit: 'maxConflicts' },
    });
  });

  it('refuses more commits than the list may hold', () => {
    const s = store({}, { maxCommits: 1 });
    s.send('a', 0, []);
    expect(s.send('b', 1, []).error).toMatchObject({ code: 'overloaded', details: { limit: 'maxCommits' } });
  });
});
