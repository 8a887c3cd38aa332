import type { TuttiEvent } from '@tutti/contracts';
import type { Observation } from '@tutti/testkit/simulation';
import { describe, expect, it } from 'vitest';
import { answered, check, ended, event, received, sent } from './fixture.ts';
import type { Evidence } from './index.ts';

describe('the checker of orders', () => {
  const order = (epoch: number) => ({ type: 'attempt.run', run: 'r', step: 'a', attempt: 1, epoch });
  const taken = (epoch: number): Observation => answered(order(epoch), { type: 'attempt.accepted' });

  it('finds an instance that takes an order older than one it has heard of', () => {
    const old = [received(order(2)), received(order(1)), taken(1)];
    expect(check('oldOrdersAreRefused', { observations: old })).toContain('none below 2');
    const cancelled = received({ ...order(1), type: 'attempt.cancel' });
    expect(check('oldOrdersAreRefused', { observations: [cancelled, received(order(1)), taken(1)] })).toContain(
      'below 2',
    );
  });

  it('lets an order that comes twice be answered twice, and a refusal be given', () => {
    const twice = [received(order(1)), taken(1), received(order(2)), taken(2), received(order(1)), taken(1)];
    expect(check('oldOrdersAreRefused', { observations: twice })).toBe('');
    const refused = answered(order(1), { type: 'attempt.refused' });
    expect(check('oldOrdersAreRefused', { observations: [received(order(2)), received(order(1)), refused] })).toBe('');
  });
});

describe('the checkers of commits', () => {
  const write = (path: string, value: unknown) => ({ op: 'set', path, value });
  const request = (step: string, value: unknown, epoch = 1) => ({
    ...{ type: 'context.commit', run: 'r', step, generation: 0, epoch, ownerEpoch: 1 },
    writes: [write(`/${step}`, { text: value })],
  });
  const made = (step: string, version: number, value: unknown, epoch = 1): Observation =>
    answered(request(step, value, epoch), {
      ...{ type: 'context.committed', step, epoch, version, duplicate: false, paths: [`/${step}`], conflicts: [] },
    });
  const stored: Observation = { kind: 'appended', at: 1, process: 'n', key: 'ctx.0.r', id: 'i' };
  const asked = received(request('a', 'r/a'));

  it('find what is committed twice, and what is told before it is stored', () => {
    expect(check('commitsAreMadeOnce', { observations: [made('a', 1, 'x'), made('a', 2, 'y', 2)] })).toContain(
      '1 and as 2',
    );
    expect(check('commitsAreMadeOnce', { observations: [made('a', 1, 'x'), made('a', 1, 'x')] })).toBe('');
    expect(check('answersFollowAppends', { observations: [stored, asked, made('a', 1, 'x')] })).toContain(
      'before it was',
    );
    expect(check('answersFollowAppends', { observations: [asked, stored, made('a', 1, 'x')] })).toBe('');
  });

  it('find a read that is not of one version, and an order whose input is of another', () => {
    const commits = [made('a', 1, 'r/a'), made('b', 2, 'r/b')];
    const read = (version: number, values: object): Observation =>
      answered({ type: 'context.read', run: 'r', paths: ['/a', '/b'] }, { type: 'context.snapshot', version, values });
    const of = (...more: Observation[]) => check('snapshotsAreWhole', { observations: [...commits, ...more] });
    expect(of(read(1, { '/a': { text: 'r/a' } }))).toBe('');
    expect(of(read(1, { '/a': { text: 'r/a' }, '/b': { text: 'r/b' } }))).toContain('/b of r not as version 1');
    expect(of(read(2, { '/a': { text: 'r/a' } }))).toContain('/b of r not as version 2');
    const order = (base: number) => sent({ type: 'attempt.run', run: 'r', step: 'c', base, input: { b: 'r/b' } });
    expect(of(order(2))).toBe('');
    expect(of(order(1))).toContain('not of version 1');
  });

  it('find an outcome that is called recorded and is nowhere', () => {
    const recorded = sent({ type: 'attempt.recorded', run: 'r', step: 'a', attempt: 1, epoch: 1, verdict: 'recorded' });
    const failed = sent({ type: 'attempt.outcome', run: 'r', step: 'a', epoch: 1, result: { status: 'failed' } });
    expect(check('recordedMeansKept', { observations: [recorded] })).toContain('nothing of it is');
    expect(check('recordedMeansKept', { observations: [made('a', 1, 'x'), recorded] })).toBe('');
    expect(check('recordedMeansKept', { observations: [failed, recorded] })).toBe('');
  });
});

describe('the checker of stolen leases', () => {
  const at = (ms: number, observation: Observation): Observation => ({ ...observation, at: ms });
  const sync = received({ type: 'resource.sync', holder: 'r', holderEpoch: 1, held: [], wanted: [] });
  const answer = answered({ type: 'resource.sync' }, { type: 'resource.answer', granted: [], leaseMs: 100 });
  const revoked = sent({ type: 'resource.revoked', leases: ['r/a/1'] });

  it('finds one that is taken back before its holder was silent for a lease period', () => {
    const afterMs = (ms: number) =>
      check('leasesAreNotStolen', { observations: [at(0, sync), at(1, answer), at(ms, revoked)] });
    expect(afterMs(60)).toContain('after 60 ms of silence');
    expect(afterMs(100)).toBe('');
  });
});

describe('the checker of deadlines', () => {
  const group = (onPartial: string) => ({
    ...{ id: 'g', steps: ['a', 'b'] },
    barrier: { successCriteria: { kind: 'at_least_one' }, partialFailureHandling: onPartial },
  });
  const run = (onPartial: string, ...events: TuttiEvent[]) => ({
    ...ended(events),
    definition: { groups: [group(onPartial)] } as never,
  });
  const opened = event(1, 'group.opened', { group: 'g', deadlineMs: 50 });
  const failed = event(2, 'step.failed', { step: 'a' });
  const closed = (seq: number) => event(seq, 'group.closed', { group: 'g', decision: 'partial' });
  const found = (...runs: Evidence['runs'][number][]) => check('barriersKeepTheirTime', { runs });

  it('finds a decision before the time is over while members are missed that could still come', () => {
    expect(found(run('continue', opened, failed, closed(40)))).toContain('10 ms before its deadline');
    expect(found(run('continue', opened, failed, closed(50)))).toBe('');
    const extended = event(30, 'group.extended', { group: 'g', deadlineMs: 90 });
    expect(found(run('continue', opened, failed, extended, closed(50)))).toContain('40 ms before');
  });

  it('takes an early decision when all have ended, or nothing can be gained any more', () => {
    expect(found(run('continue', opened, failed, event(3, 'step.succeeded', { step: 'b' }), closed(4)))).toBe('');
    expect(found(run('abort', opened, failed, closed(4)))).toBe('');
  });
});
