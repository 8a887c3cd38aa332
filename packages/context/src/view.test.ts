import type { Body, WorkflowJson } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { contextOptions } from './options.ts';
import { commit, openFirst } from './policy.ts';
import { type ContextState, unopened } from './state.ts';

/** A context with `/a` in it, and the answer to a commit of `/b` that asks for these paths. */
function committed(reads: Body<'context.commit'>['reads'], value: WorkflowJson = 2, again = false): any {
  const blank = unopened({ run: 'r', limits: contextOptions.parse({ limits: {} }).limits });
  const opened = openFirst(blank, { type: 'context.open', run: 'r', ownerEpoch: 1, ownership: {}, initial: { a: 1 } });
  const send = (state: ContextState, step: string, asked: typeof reads) =>
    commit(state, {
      ...{ type: 'context.commit', run: 'r', ownerEpoch: 1, step, author: 'x', generation: 0, epoch: 1, base: 0 },
      ...{ writes: [{ op: 'set', path: `/${step}`, value }], ...(asked === undefined ? {} : { reads: asked }) },
    });
  const first = send(opened.next, 'b', reads);
  if (!again) return first.reply;
  return send(send(first.next, 'c', undefined).next, 'b', reads).reply;
}

describe('the view that comes with a commit', () => {
  it('holds what was asked for, the commit included, and leaves out what is not there', () => {
    const { view, version } = committed(['/a', '/b', '/nothing']);
    expect([version, view]).toEqual([1, { version: 1, paths: ['/a', '/b', '/nothing'], values: { '/a': 1, '/b': 2 } }]);
  });

  it('is of the newest version when the commit is a repeated one', () => {
    expect(committed(['/c'], 2, true)).toMatchObject({
      version: 1,
      duplicate: true,
      view: { version: 2, values: { '/c': 2 } },
    });
  });

  it('stays away when nobody asked, and when it would be too large to ride along', () => {
    expect(committed(undefined)).not.toHaveProperty('view');
    expect(committed([])).not.toHaveProperty('view');
    const large = committed(['/b'], 'x'.repeat(300_000));
    expect(large).toMatchObject({ type: 'context.committed', version: 1 });
    expect(large).not.toHaveProperty('view');
  });
});
