import type { Body } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { contextOptions } from './options.ts';
import { commit, openFirst, read } from './policy.ts';
import { type ContextState, unopened } from './state.ts';

function versions(writes: Body<'context.commit'>['writes'][], limits: object = {}): ContextState {
  const start = unopened({ run: 'r1', limits: contextOptions.parse({ limits }).limits });
  const open = {
    type: 'context.open',
    run: 'r1',
    ownerEpoch: 1,
    ownership: {},
    initial: { v: 0, doc: { a: 0 } },
  } as const;
  return writes.reduce(
    (state, set, base) =>
      commit(state, {
        ...{ type: 'context.commit', run: 'r1', ownerEpoch: 1, step: `s${base}`, author: 'x', generation: 0, epoch: 1 },
        ...{ base, writes: set },
      } as never).next,
    openFirst(start, open).next,
  );
}

const ask = (state: ContextState, paths: string[], version?: number): any =>
  read(state, { type: 'context.read', run: 'r1', paths, ...(version === undefined ? {} : { version }) });

const history = versions([
  [{ op: 'set', path: '/v', value: 1 }],
  [
    { op: 'set', path: '/v', value: 2 },
    { op: 'set', path: '/new/deep', value: true },
  ],
  [{ op: 'delete', path: '/doc' }],
  [{ op: 'set', path: '', value: { v: 4 } }],
]);

describe('a snapshot', () => {
  it.each([
    [0, { v: 0, doc: { a: 0 } }],
    [1, { v: 1, doc: { a: 0 } }],
    [2, { v: 2, doc: { a: 0 }, new: { deep: true } }],
    [3, { v: 2, new: { deep: true } }],
    [4, { v: 4 }],
  ])('of version %i is that version, whole', (version, tree) => {
    expect(ask(history, [''], version)).toEqual({ type: 'context.snapshot', run: 'r1', version, values: { '': tree } });
  });

  it('is of the newest version when none is asked for', () => {
    expect(ask(history, ['/v'])).toMatchObject({ version: 4, values: { '/v': 4 } });
  });

  it('leaves out what is not there', () => {
    expect(ask(history, ['/none', '/v/x', '/v']).values).toEqual({ '/v': 4 });
  });

  it('of a version that does not exist is refused', () => {
    expect(ask(history, ['/v'], 5).error).toMatchObject({ code: 'version_gone', details: { asked: 5, newest: 4 } });
  });
});

describe('a version that is no longer kept', () => {
  const state = versions(
    [1, 2, 3, 4].map((v) => [{ op: 'set', path: '/v', value: v }]),
    { historyVersions: 1 },
  );

  it('is still read where nothing changed since', () => {
    expect(ask(state, ['/doc/a'], 0)).toMatchObject({ version: 0, values: { '/doc/a': 0 } });
  });

  it('is refused where something did, with what can be read', () => {
    expect(ask(state, ['/doc/a', '/v'], 2).error).toMatchObject({
      code: 'version_gone',
      details: { asked: 2, oldest: 3, newest: 4 },
    });
    expect(ask(state, ['/v'], 3).values).toEqual({ '/v': 3 });
  });

  it('goes earlier when the replaced values are large', () => {
    const big = 'x'.repeat(600);
    const large = versions(
      [1, 2, 3, 4].map((v) => [{ op: 'set', path: '/v', value: `${v}${big}` }]),
      { historyBytes: 1_000 },
    );
    expect(ask(large, ['/v'], 3).values['/v']).toBe(`3${big}`);
    expect(ask(large, ['/v'], 2).error.code).toBe('version_gone');
  });
});

it('refuses an answer over its size and names the limit', () => {
  const state = versions([[{ op: 'set', path: '/big', value: 'x'.repeat(500) }]], { maxReadBytes: 400 });
  expect(ask(state, ['/big']).error).toMatchObject({ code: 'body_too_large', details: { limit: 'maxReadBytes' } });
  expect(ask(state, ['/v']).values).toEqual({ '/v': 0 });
});
