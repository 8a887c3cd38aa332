import type { Body, MessageOf } from '@tutti/contracts';
import { expect, it } from 'vitest';
import { contextOptions } from './options.ts';
import { commit, openFirst, read } from './policy.ts';
import { type ContextState, unopened } from './state.ts';

type Commit = Body<'context.commit'>;

/** Commits one write after the other; gives the answers, and what is read at the path in the end. */
function committed(
  path: string,
  ...writes: readonly (Pick<Commit, 'step' | 'base' | 'generation'> & { value: string })[]
) {
  const first = { type: 'context.open', run: 'r1', ownerEpoch: 1, ownership: {}, initial: {} } as const;
  let state: ContextState = openFirst(unopened({ run: 'r1', limits: contextOptions.parse({}).limits }), first).next;
  const answers = writes.map(({ value, step, ...at }) => {
    const of = { type: 'context.commit', run: 'r1', ownerEpoch: 1, step, author: step, epoch: 1 } as const;
    const { next, reply } = commit(state, { ...of, ...at, writes: [{ op: 'set', path, value }] });
    state = next;
    return reply as MessageOf<'context.committed'>;
  });
  const seen = read(state, { type: 'context.read', run: 'r1', paths: [path] }) as MessageOf<'context.snapshot'>;
  return { last: answers.at(-1), value: seen.values[path] };
}

it('a step that was ordered anew does not clash with what its earlier order wrote late', () => {
  const old = { step: 'pm', base: 0, generation: 0, value: 'old' };
  const { last, value } = committed('/pm', old, { ...old, generation: 1, value: 'new' });
  expect(last).toMatchObject({ version: 2, conflicts: [], paths: ['/pm'] });
  expect(value).toBe('new');
});

it('a step that was ordered anew clashes with what somebody else wrote meanwhile', () => {
  const old = { step: 'pm', base: 0, generation: 0, value: 'old' };
  const theirs = { step: 'qa', base: 1, generation: 0, value: 'theirs' };
  const { last, value } = committed('/shared', old, theirs, { ...old, generation: 1, value: 'new' });
  expect(last?.conflicts).toMatchObject([{ kept: { author: 'qa', value: 'theirs' }, refused: { author: 'pm' } }]);
  expect(value).toBe('theirs');
});
