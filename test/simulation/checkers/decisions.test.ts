import type { Conflict, Resolution } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import type { Evidence } from './evidence.ts';
import { answered, check, ended, event } from './fixture.ts';

const commit = (step: string, value: string, base: number) => ({
  ...{ type: 'context.commit', run: 'r', ownerEpoch: 1, step, author: step, generation: 0, epoch: 1, base },
  writes: [{ op: 'set', path: '/x', value }],
});
const made = (step: string, version: number, conflicts: readonly Conflict[] = []) => ({
  ...{ type: 'context.committed', step, epoch: 1, version, duplicate: false, conflicts },
  paths: conflicts.length === 0 ? ['/x'] : [],
});
const conflict: Conflict = {
  ...{ id: '2-1', path: '/x', version: 2 },
  ...{ kept: { author: 'a', value: 'one' }, refused: { author: 'b', value: 'two' } },
};
const clash = [
  answered(commit('a', 'one', 0), made('a', 1)),
  answered(commit('b', 'two', 0), made('b', 2, [conflict])),
];
const order = (more: object = {}) => ({
  ...{ type: 'context.resolve', run: 'r', ownerEpoch: 1, conflict: '2-1', take: 'refused', by: 'ann', atMs: 1 },
  ...more,
});
const decided = (asked: object, resolved: Resolution, newest = resolved.version ?? 2) =>
  answered(asked, { type: 'context.resolved', run: 'r', conflict: '2-1', resolved, newest });
const ann = (version: number): Resolution => ({ take: 'refused', by: 'ann', atMs: 1, version });

describe('a write that a person decided about', () => {
  const left = (x: string) => ({ runs: [ended([], { x })] });

  it('may be gone when it was a side of the conflict, and not when nothing was decided', () => {
    const observations = [...clash, decided(order(), ann(3))];
    expect(check('noWriteIsLost', { observations, ...left('two') })).toBe('');
    expect(check('noWriteIsLost', { observations: clash, ...left('two') })).toContain('"one"');
  });

  it('must stand when the person had not been shown it, and may be gone when he named its version', () => {
    const third = answered(commit('c', 'three', 2), made('c', 3));
    const unseen = [...clash, third, decided(order(), ann(4))];
    const seen = [...clash, third, decided(order({ over: 3 }), ann(4))];
    expect(check('noWriteIsLost', { observations: unseen, ...left('two') })).toContain('"three"');
    expect(check('noWriteIsLost', { observations: seen, ...left('two') })).toBe('');
  });

  it('is itself not lost', () => {
    const take = { value: 'mine' };
    const observations = [...clash, decided(order({ take }), { ...ann(3), take })];
    expect(check('noWriteIsLost', { observations, ...left('mine') })).toBe('');
    expect(check('noWriteIsLost', { observations, ...left('two') })).toContain('"mine"');
  });

  it('makes a version that readers are given', () => {
    const read = (value: string) =>
      answered(
        { type: 'context.read', run: 'r', paths: ['/x'] },
        { type: 'context.snapshot', run: 'r', version: 3, values: { '/x': value } },
      );
    const observations = [...clash, decided(order(), ann(3))];
    expect(check('snapshotsAreWhole', { observations: [...observations, read('two')] })).toBe('');
    expect(check('snapshotsAreWhole', { observations: [...observations, read('one')] })).toContain('version 3');
  });
});

describe('the checker of decisions', () => {
  /** A context that was opened and written by a and b, and decided by these. */
  const journal = (...orders: object[]): Evidence['journals'][number] => ({
    key: 'ctx.1.r',
    records: [
      {
        ...{ epoch: 1, kind: 'steps' as const, end: false, input: { run: 'r', limits: LIMITS } },
        events: [
          { type: 'context.open', run: 'r', ownerEpoch: 1, ownership: {}, initial: {} },
          ...[commit('a', 'one', 0), commit('b', 'two', 0), ...orders],
        ].map((each) => ({ ...each, at: 1 })) as never,
      },
    ],
  });
  const LIMITS = {
    ...{ maxBytes: 1e6, maxReadBytes: 1e6, historyVersions: 9, historyBytes: 1e6, maxCommits: 9, maxConflicts: 9 },
  };
  const run = (resolved: Resolution | undefined, outcome: string, ...told: string[]) => ({
    ...ended(told.map((id, i) => event(i + 1, 'conflict.resolved', { id }))),
    view: {
      ...{ phase: 'ended', outcome },
      conflicts: [{ ...conflict, ...(resolved === undefined ? {} : { resolved }) }],
    } as never,
  });
  const checked = (
    runs: Evidence['runs'],
    journals: Evidence['journals'],
    observations: Evidence['observations'] = [],
  ) => check('conflictsAreDecidedOnce', { runs, journals, observations });

  it('takes one that the run, its events and its context say alike, and a run that still waits', () => {
    expect(checked([run(ann(3), 'succeeded', '2-1')], [journal(order())])).toBe('');
    expect(checked([run(undefined, 'conflicted')], [journal()])).toBe('');
  });

  it('finds one that the context has not, that is told twice or never, and an outcome that does not follow', () => {
    expect(checked([run(ann(3), 'succeeded', '2-1')], [journal()])).toContain('its context open');
    expect(checked([run(ann(3), 'succeeded', '2-1', '2-1')], [journal(order())])).toContain('again at 2');
    expect(checked([run(ann(3), 'succeeded')], [journal(order())])).toContain('not told');
    expect(checked([run(ann(3), 'conflicted', '2-1')], [journal(order())])).toContain('all is decided');
    expect(checked([run(undefined, 'succeeded')], [journal()])).toContain('open conflict');
  });

  it('finds somebody who was told that his decision counts, when another one holds', () => {
    const told = (by: string) =>
      answered(
        { type: 'run.resolve', run: 'r', conflict: '2-1', take: 'refused', by },
        { type: 'run.state', run: 'r' },
      );
    const runs = [run(ann(3), 'succeeded', '2-1')];
    expect(checked(runs, [journal(order())], [told('ann')])).toBe('');
    expect(checked(runs, [journal(order())], [told('ann'), told('ben')])).toContain('ben');
  });
});

it('an end is told again right after a decision, and at no other time', () => {
  const [end, decision] = [
    (seq: number) => event(seq, 'run.finished'),
    (seq: number) => event(seq, 'conflict.resolved'),
  ];
  const once = (...events: Parameters<typeof ended>[0]) => check('outcomesAreRecordedOnce', { runs: [ended(events)] });
  expect(once(end(1), decision(2), end(3))).toBe('');
  expect(once(decision(1), event(2, 'step.ready'), end(3), end(4))).toContain('2 ends');
});

it('a decision is told once it is stored', () => {
  const asked = { ...answered(order(), {}), kind: 'received', message: order() } as never;
  const appended = { kind: 'appended', at: 1, process: 'n', key: 'ctx.1.r', id: 'i' } as never;
  const told = decided(order(), ann(3));
  expect(check('answersFollowAppends', { observations: [asked, told] })).toContain('before it was stored');
  expect(check('answersFollowAppends', { observations: [asked, appended, told] })).toBe('');
});
