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

describe('the checker of validations', () => {
  const definition = {
    steps: [
      ...['a', 'b'].map((id) => ({ id, agent: id, waitsFor: [] })),
      { id: 'after', agent: 'c', waitsFor: [{ kind: 'group', id: 'g' }] },
    ],
    groups: [{ id: 'g', steps: ['a', 'b'], crossValidation: { enabled: true, agents: ['a', 'b'], timeoutMs: 1 } }],
  } as unknown as NonNullable<Evidence['runs'][number]['definition']>;
  const judge = (of: string, by: string) => ({ group: 'g', validator: by, of });
  const done = ['a', 'b'].map((step) => event(1, 'step.succeeded', { step }));
  const joined = event(2, 'group.closed', { group: 'g', decision: 'complete' });
  const free = event(3, 'step.ready', { step: 'after' });
  const started = event(4, 'validation.started', judge('a', 'b'));
  const passed = event(5, 'validation.finished', { ...judge('a', 'b'), verdict: 'passed' });
  const skipped = event(6, 'validation.finished', { ...judge('b', 'a'), verdict: 'skipped', reason: 'no hook' });
  const end = event(7, 'run.finished');
  const said = (...events: TuttiEvent[]): string =>
    check('validationsEndOnce', { runs: [{ ...ended(events), definition }] });

  it('lets a run pass whose validations are each over once, after the join and before the end', () => {
    expect(said(...done, joined, free, started, passed, skipped, end)).toBe('');
    const again = event(8, 'run.retried', { steps: ['a'] });
    expect(
      said(...done, joined, free, started, passed, skipped, end, again, ...done, joined, free, passed, skipped, end),
    ).toBe('');
  });

  it('finds one that is missing, comes twice, comes after the end, or that nobody asked for', () => {
    expect(said(...done, joined, free, passed, end)).toContain('ended without g/a/b');
    expect(said(...done, joined, free, passed, passed, skipped, end)).toContain('g/b/a is over a second time');
    expect(said(...done, joined, free, passed, end, skipped)).toContain('g/a/b is over after the end');
    const own = event(5, 'validation.finished', { ...judge('a', 'a'), verdict: 'passed' });
    expect(said(...done, joined, free, passed, skipped, own, end)).toContain('g/a/a is over, and nobody asked for it');
  });

  it('finds one before the join, without a result, or that others wait for, and one with no reason', () => {
    expect(said(...done, started)).toContain('a is judged before the join of g');
    expect(said(joined, free, started)).toContain('a is judged without a result');
    expect(said(...done, joined, started)).toContain('after waits while a is judged');
    const silent = event(6, 'validation.finished', { ...judge('b', 'a'), verdict: 'skipped' });
    expect(said(...done, joined, free, passed, silent, end)).toContain('g/a/b is skipped for no reason');
  });
});

describe('the checker of what is recorded', () => {
  const verdict = { run: 'r', step: 'validation-1', attempt: 1, epoch: 3 };
  const told = sent({ type: 'attempt.recorded', ...verdict, verdict: 'recorded' });
  const journal = (events: object[]) => ({ key: 'wf.1.r', records: [{ events }] }) as never;

  it('wants a verdict in the journal of its run before its agent forgets it', () => {
    expect(check('recordedMeansKept', { observations: [told] })).toContain('nothing of it is');
    const kept = journal([{ type: 'validation.done', ...verdict }]);
    expect(check('recordedMeansKept', { observations: [told], journals: [kept] })).toBe('');
  });
});

describe('the checker of waits', () => {
  const state = (step: object, phase = 'running'): Observation =>
    answered({ type: 'run.status', run: 'r' }, { type: 'run.state', run: 'r', phase, steps: [{ id: 'a', ...step }] });
  const found = (...args: Parameters<typeof state>): string =>
    check('waitsAreExplained', { observations: [state(...args)] });
  const waitsOn = { kind: 'pool', names: [], reason: 'waits for cpu', sinceMs: 1 };

  it('finds a step that waits for nothing that anybody could say, of a run that goes on', () => {
    expect(found({ status: 'placing' })).toContain('"a" is placing, and nobody says what it waits for');
    expect(found({ status: 'queued', waitsOn: { ...waitsOn, reason: '' } })).toContain('"a" is queued');
    expect(found({ status: 'queued', waitsOn })).toBe('');
    expect(found({ status: 'waiting', waitsOn: { ...waitsOn, kind: 'person', reason: '' } })).toBe('');
    expect(found({ status: 'waiting', answer: { how: 'person', by: 'ann', atMs: 1 } })).toBe('');
    expect(found({ status: 'running' })).toBe('');
    expect(found({ status: 'pending' }, 'ended')).toBe('');
  });
});

describe('the checker of turns', () => {
  const at = (seq: number, type: TuttiEvent['type'], data: Record<string, unknown> = {}) =>
    event(seq, type, { group: 'g', ...data });
  const begun = (decision: string, ...between: readonly TuttiEvent[]) => [
    ...[at(1, 'group.fallback', { members: ['a', 'b'] }), event(2, 'step.started', { step: 'a' })],
    ...[at(2, 'group.opened', { deadlineMs: 50 }), ...between, at(9, 'group.closed', { decision })],
  ];
  const found = (...events: readonly TuttiEvent[]): string => check('fallbacksTakeTurns', { runs: [ended(events)] });

  it('finds a member whose turn never came before the group went on', () => {
    expect(found(...begun('partial'))).toContain('b of g never had its turn');
  });

  it('lets a group go on once each had its turn, or when its time is over, it is aborted, or the run is stopped', () => {
    expect(found(...begun('partial', event(5, 'step.failed', { step: 'b' })))).toBe('');
    expect(found(...begun('aborted'))).toBe('');
    expect(found(...begun('partial', event(5, 'run.cancelling', { reason: 'enough' })))).toBe('');
    expect(found(...begun('partial', at(3, 'group.extended', { deadlineMs: 9 })))).toBe('');
  });
});
