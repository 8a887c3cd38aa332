import type { MessageOf, TuttiEvent } from '@tutti/contracts';
import { attemptEpoch } from '@tutti/contracts';
import { defaultOf, NO_FAULTS, type Observation, seedDag, simulate } from '@tutti/testkit/simulation';
import { describe, expect, it } from 'vitest';
import { answered, check, ended, event, received, sent, view, watched } from './fixture.ts';
import { CHECKERS, type Evidence, gather } from './index.ts';

describe('the checker of the pool', () => {
  const requests = ['a', 'b'].map((step) => ({
    lease: `r/${step}/${attemptEpoch(1, 1)}`,
    step,
    needs: { cpu: 70, memory: 10 },
    priority: 1,
    rank: 0,
  }));
  const asks = sent({ type: 'resource.acquire', holder: 'r', holderEpoch: 1, requests, release: [] });
  const grant = (i: number): Observation =>
    received({ type: 'resource.granted', pool: 'default', granted: [requests[i]?.lease], leaseMs: 1 });
  const release = sent({
    type: 'resource.acquire',
    holder: 'r',
    holderEpoch: 1,
    requests: [],
    release: [requests[0]?.lease],
  });
  const sync = (...held: typeof requests): Observation =>
    sent({ type: 'resource.sync', holder: 'r', holderEpoch: 1, held, wanted: [] });

  it('finds two leases held at once that do not fit, granted or announced', () => {
    expect(check('poolIsNeverExceeded', { observations: [asks, grant(0), grant(1)] })).toContain('140 CPU');
    expect(check('poolIsNeverExceeded', { observations: [asks, grant(0), sync(...requests)] })).toContain('140 CPU');
  });

  it('finds a named resource of which more is held than one of its holders says there is', () => {
    const named = (count: number) =>
      ['a', 'b'].map((step) => ({
        ...{ lease: `r/${step}/${attemptEpoch(1, 1)}`, step, needs: { cpu: 1, memory: 1 }, priority: 1, rank: 0 },
        ...{ uses: { model: 1 }, capacity: { model: step === 'a' ? count : 2 } },
      }));
    const asked = (count: number): Observation =>
      sent({ type: 'resource.acquire', holder: 'r', holderEpoch: 1, requests: named(count), release: [] });
    expect(check('poolIsNeverExceeded', { observations: [asked(1), grant(0), grant(1)] })).toContain('2 of 1 model');
    expect(check('poolIsNeverExceeded', { observations: [asked(2), grant(0), grant(1)] })).toBe('');
  });

  it('lets one follow the other, after a release or a sync that no longer names it', () => {
    const [, second] = requests;
    expect(check('poolIsNeverExceeded', { observations: [asks, grant(0), release, grant(1)] })).toBe('');
    expect(check('poolIsNeverExceeded', { observations: [asks, grant(0), sync(second as never)] })).toBe('');
    expect(check('poolIsNeverExceeded', { observations: [asks, release, grant(0), grant(1)] })).toBe('');
  });

  it('counts no lease of a run whose end is stored, though its writer never heard so, once the work has come', () => {
    const outcome = received({ type: 'attempt.outcome', run: 'r', step: 'a', attempt: 1, epoch: attemptEpoch(1, 1) });
    const observations = [asks, grant(0), outcome, grant(1)];
    const journals = [{ key: 'wf.1.r', records: [{ id: 'last', end: true }] }] as unknown as Evidence['journals'];
    expect(check('poolIsNeverExceeded', { observations, journals })).toBe('');
    expect(check('poolIsNeverExceeded', { observations })).toContain('140 CPU');
  });

  it('counts no lease whose work is recorded, and does count one whose work is not wanted', () => {
    const told = (verdict: string): Observation =>
      sent({ type: 'attempt.recorded', run: 'r', step: 'a', attempt: 1, epoch: attemptEpoch(1, 1), verdict });
    const around = (verdict: string) => [asks, grant(0), told(verdict), grant(1)];
    expect(check('poolIsNeverExceeded', { observations: around('recorded') })).toBe('');
    expect(check('poolIsNeverExceeded', { observations: around('stale_epoch') })).toContain('140 CPU');
  });
});

describe('the checker of the work itself', () => {
  const needs = { cpu: 70, memory: 10 };
  const definition = { steps: ['a', 'b'].map((id) => ({ id, needs })) };
  const runs = [{ run: 'r', definition }] as unknown as Evidence['runs'];
  const worked = (phase: 'begins' | 'ends', step: string, at = 1): Observation => ({
    ...{ kind: 'worked', at, process: step, run: 'r', step, attempt: 1, phase },
  });
  const is = (phase: 'paused' | 'resumed' | 'killed'): Observation => ({ kind: 'process', at: 1, process: 'a', phase });
  const look = (...observations: Observation[]): string => check('workFitsThePool', { runs, observations });

  it('finds what works at once and does not fit, whatever is said of it', () => {
    expect(look(worked('begins', 'a'), worked('begins', 'b'))).toContain('140 CPU');
    expect(look(worked('begins', 'a'), worked('ends', 'a'), worked('begins', 'b'))).toBe('');
  });

  it('counts what stands still when it goes on, and nothing of what is dead', () => {
    expect(look(worked('begins', 'a'), is('paused'), worked('begins', 'b'))).toBe('');
    const resumed = [worked('begins', 'a'), is('paused'), worked('begins', 'b'), is('resumed')];
    expect(look(...resumed, worked('ends', 'b', 2))).toContain('140 CPU');
    // It stops in its first turn what it was alone with for too long.
    expect(look(...resumed, worked('ends', 'a'), worked('ends', 'b', 2))).toBe('');
    expect(look(worked('begins', 'a'), is('killed'), worked('begins', 'b'))).toBe('');
  });
});

describe('the checker of leaks', () => {
  const pool = (cpu: number): Evidence['pool'] =>
    ({ used: { cpu, memory: 0, agents: 0 }, leases: [] }) as unknown as Evidence['pool'];

  it('finds what is still in use at the end, and silence', () => {
    expect(check('nothingLeaks', { pool: pool(30) })).toContain('30 CPU');
    expect(check('nothingLeaks', {})).toContain('nobody answers');
    expect(check('nothingLeaks', { pool: pool(0) })).toBe('');
  });
});

describe('the checker of barriers', () => {
  const closed = (decision: string, round = 1): Observation =>
    sent({ type: 'barrier.closed', run: 'r', group: 'g', round, decision });

  it('finds a barrier that says two things of one round', () => {
    expect(check('barrierDecidesOnce', { observations: [closed('complete'), closed('partial')] })).toContain('partial');
    expect(check('barrierDecidesOnce', { observations: [closed('complete'), closed('complete')] })).toBe('');
    expect(check('barrierDecidesOnce', { observations: [closed('aborted'), closed('complete', 2)] })).toBe('');
    const { at, process } = closed('aborted') as Extract<Observation, { kind: 'sent' }>;
    const text = 'the lease could not be renewed: this node stops its actors';
    const lost = { kind: 'log', at, process, level: 'warn', text, error: '' } as const;
    expect(check('barrierDecidesOnce', { observations: [closed('aborted'), lost, closed('complete')] })).toBe('');
    const elsewhere = { ...lost, process: 'another' };
    expect(check('barrierDecidesOnce', { observations: [closed('aborted'), elsewhere, closed('complete')] })).not.toBe(
      '',
    );
  });

  it('finds a decision that is recorded twice', () => {
    const twice = [event(1, 'group.closed', { group: 'g' }), event(2, 'group.closed', { group: 'g' })];
    expect(check('barrierDecidesOnce', { runs: [ended(twice)] })).toContain('2 times');
    expect(check('barrierDecidesOnce', { runs: [ended(twice.slice(1))] })).toBe('');
  });
});

const commit = (step: string, path: string, value: string, base: number, more: object = {}) => ({
  type: 'context.commit',
  run: 'r',
  ownerEpoch: 1,
  step,
  author: step,
  generation: 0,
  epoch: attemptEpoch(1, 1),
  base,
  writes: [{ op: 'set', path, value }],
  ...more,
});
const committed = (step: string, version: number, duplicate = false) =>
  ({ type: 'context.committed', step, epoch: 1, version, duplicate, paths: [], conflicts: [] }) as const;

/** The journal of a context, as far as its commits go: no state can be made of it. */
const contextJournal = (...commits: readonly object[]): Evidence['journals'][number] => ({
  key: 'ctx.1.r',
  records: commits.map((event) => ({ epoch: 1, kind: 'steps' as const, end: false, events: [event as never] })),
});

describe('the checker of writes', () => {
  const first = answered(commit('a', '/x', 'one', 0), committed('a', 1));
  const run = ended([], { x: 'two' });

  it('finds a write that was acknowledged and is nowhere', () => {
    expect(check('noWriteIsLost', { observations: [first], runs: [run] })).toContain('"one"');
    expect(check('noWriteIsLost', { observations: [first], runs: [ended([], { x: 'one' })] })).toBe('');
  });

  it('finds one that was overwritten by a writer who had not seen it, and allows one who had', () => {
    const blind = answered(commit('b', '/x', 'two', 0), committed('b', 2));
    const seeing = answered(commit('b', '/x', 'two', 1), committed('b', 2));
    expect(check('noWriteIsLost', { observations: [first, blind], runs: [run] })).toContain('"one"');
    expect(check('noWriteIsLost', { observations: [first, seeing], runs: [run] })).toBe('');
  });

  it('finds one that is gone from its place though the same text stands elsewhere', () => {
    const runs = [ended([], { x: 'two', y: { text: 'one' } })];
    expect(check('noWriteIsLost', { observations: [first], runs })).toContain('"one"');
  });

  it('takes a conflict that a writer was told of for a record of it, and none that only a new replay would make', () => {
    const ask = commit('b', '/x', 'two', 0);
    const refused = { author: 'b', value: 'two' };
    const conflict = { id: '2-1', path: '/x', version: 2, kept: { author: 'a', value: 'one' }, refused };
    const told = answered(ask, { ...committed('b', 2), conflicts: [conflict] });
    const untold = answered(ask, committed('b', 2));
    const runs = [ended([], { x: 'one' })];
    const journals = [contextJournal(commit('a', '/x', 'one', 0), ask)];
    expect(check('noWriteIsLost', { observations: [first, told], runs, journals })).toBe('');
    expect(check('noWriteIsLost', { observations: [first, untold], runs, journals })).toContain('"two"');
  });

  it('allows a later commit of which only the journal knows, for its answer was never given', () => {
    const seeing = [contextJournal(commit('a', '/x', 'one', 0), commit('b', '/x', 'two', 1))];
    const blind = [contextJournal(commit('a', '/x', 'one', 0), commit('b', '/x', 'two', 0))];
    expect(check('noWriteIsLost', { observations: [first], runs: [run], journals: seeing })).toBe('');
    expect(check('noWriteIsLost', { observations: [first], runs: [run], journals: blind })).toContain('"one"');
  });

  it('finds a version that was given twice', () => {
    const other = answered(commit('b', '/y', 'two', 0), committed('b', 1));
    const runs = [ended([], { x: 'one', y: 'two' })];
    expect(check('noWriteIsLost', { observations: [first, other], runs })).toContain('version 1');
  });
});

describe('the checker of ends', () => {
  const journals = [{ key: 'wf.1.r', records: [{ epoch: 1, kind: 'steps' as const, end: true, events: [] }] }];
  const good = ended([event(1, 'run.finished')]);

  it('finds a run that was never accepted, has not ended, or has no recorded end', () => {
    expect(check('everyRunEnds', { runs: [{ ...good, acceptedAt: undefined }], journals })).toContain('never accepted');
    expect(check('everyRunEnds', { runs: [{ ...good, view: view('running') }], journals })).toContain('not ended');
    expect(check('everyRunEnds', { runs: [ended([event(1, 'step.ready')])], journals })).toContain('last event');
    expect(check('everyRunEnds', { runs: [good], journals: [] })).toContain('no end');
    expect(check('everyRunEnds', { runs: [good], journals, converged: false })).toContain('not told in time');
    expect(check('everyRunEnds', { runs: [good], journals })).toBe('');
  });
});

describe('the checker of outcomes', () => {
  const succeeded = (seq: number): TuttiEvent => event(seq, 'step.succeeded', { step: 's' });

  it('finds a step that succeeds twice or is undone, and a second end', () => {
    const runs = (...events: TuttiEvent[]) => ({ runs: [ended(events)] });
    expect(check('outcomesAreRecordedOnce', runs(succeeded(1), succeeded(2)))).toContain('again');
    expect(check('outcomesAreRecordedOnce', runs(succeeded(1), event(2, 'step.failed', { step: 's' })))).toContain(
      'after',
    );
    expect(check('outcomesAreRecordedOnce', runs(event(1, 'run.finished'), event(2, 'run.finished')))).toContain(
      '2 ends',
    );
    expect(check('outcomesAreRecordedOnce', runs(event(1, 'step.failed', { step: 's' }), succeeded(2)))).toBe('');
  });
});

describe('the checker of epochs', () => {
  const order = (n: number): Observation =>
    sent({ type: 'attempt.run', run: 'r', step: 'a', attempt: n, epoch: attemptEpoch(1, n) } satisfies Partial<
      MessageOf<'attempt.run'>
    >);
  const ask = commit('a', '/x', 'one', 0);

  it('finds a commit of an attempt after its owner had started a newer one', () => {
    const late = [order(1), order(2), sent(ask), answered(ask, committed('a', 1))];
    const inTime = [order(1), sent(ask), order(2), answered(ask, committed('a', 1))];
    expect(check('staleEpochsAreRefused', { observations: late })).toContain('had been started');
    expect(check('staleEpochsAreRefused', { observations: inTime })).toBe('');
  });

  it('finds a commit for an owner after its successor was heard', () => {
    const opened = answered({ type: 'context.open', run: 'r', ownerEpoch: 2 }, { type: 'context.opened', run: 'r' });
    const observations = [sent(ask), opened, answered(ask, committed('a', 1))];
    expect(check('staleEpochsAreRefused', { observations })).toContain('after owner 2');
    const repeated = [sent(ask), opened, answered(ask, committed('a', 1, true))];
    expect(check('staleEpochsAreRefused', { observations: repeated })).toBe('');
  });
});

describe('the checker of journals', () => {
  const record = (epoch: number, kind: 'steps' | 'acquired') => ({ epoch, kind, end: false, events: [] });
  const of = (...records: ReturnType<typeof record>[]) => ({ journals: [{ key: 'wf.1.r', records }] });

  it('finds an owner that comes back under an old epoch, and one that did not say that it took over', () => {
    const back = of(record(1, 'steps'), record(2, 'acquired'), record(1, 'acquired'));
    expect(check('journalsHaveOneWriter', back)).toContain('after 2');
    expect(check('journalsHaveOneWriter', of(record(1, 'steps'), record(2, 'steps')))).toContain('without taking over');
    expect(check('journalsHaveOneWriter', of(record(1, 'steps'), record(2, 'acquired'), record(2, 'steps')))).toBe('');
  });
});

describe('the checker of sequences', () => {
  const [one, two, three] = [event(1, 'step.ready'), event(2, 'step.started'), event(3, 'run.finished')];
  const run = (...events: TuttiEvent[]) => ({ runs: [ended(events)] });

  it('finds a gap in what is recorded', () => {
    expect(check('sequencesHaveNoGaps', run(one, three))).toContain('has the number 3');
    expect(check('sequencesHaveNoGaps', run(one, two))).toBe('');
  });

  it('finds what a watcher was given twice, out of order, or never', () => {
    const given = (...events: TuttiEvent[]) => ({
      ...run(one, two, three),
      observations: events.map((e) => watched(e)),
    });
    expect(check('sequencesHaveNoGaps', given(one, one, two, three))).toContain('twice');
    expect(check('sequencesHaveNoGaps', given(two, one, three))).toContain('after 2');
    expect(check('sequencesHaveNoGaps', given(one, three))).toContain('never learned of step.started 2');
    expect(check('sequencesHaveNoGaps', given(one, two, three))).toBe('');
  });

  it('allows a number to come again with the event that was recorded in the end', () => {
    const told = event(2, 'step.waiting');
    const observations = [one, told, two, three].map((e) => watched(e));
    expect(check('sequencesHaveNoGaps', { ...run(one, two, three), observations })).toBe('');
    const resumed = [watched(one), watched(three, 2), watched(two, 2)];
    expect(check('sequencesHaveNoGaps', { ...run(one, two, three), observations: resumed })).toContain('after 3');
  });
});

describe('the checker of defects', () => {
  const line = (text: string, error = ''): Observation => ({
    kind: 'log',
    at: 1,
    process: 'n',
    level: 'error',
    text,
    error,
  });

  it('finds a step that threw, and lets the network fail', () => {
    expect(check('nothingThrows', { observations: [line('a step failed; the state stays', 'oh')] })).toContain('oh');
    expect(check('nothingThrows', { observations: [line('a record could not be appended')] })).toBe('');
  });
});

describe('all checkers', () => {
  it('have something to look at in a real run', async () => {
    const simulation = await simulate({ seed: 1, rates: NO_FAULTS, mischief: 0, nodes: 1, runs: [seedDag()] });
    const evidence = await gather(simulation);
    const kinds = new Set(
      evidence.observations.flatMap((o) => ('message' in o ? [`${o.kind} ${o.message.type}`] : [o.kind])),
    );
    for (const kind of [
      'watched',
      'sent resource.acquire',
      'received resource.answer',
      'answered context.committed',
      'sent context.commit',
      'sent attempt.run',
      'sent barrier.closed',
    ]) {
      expect(kinds).toContain(kind);
    }
    expect(evidence.journals.map(({ key }) => key.split('.')[0]).sort()).toEqual(['ctx', 'wf']);
    for (const [name, checker] of Object.entries(CHECKERS))
      expect({ name, wrong: checker(evidence) }).toEqual({ name, wrong: [] });
  });
});

describe('the checker of vain work', () => {
  it('sees an agent that works when all runs have ended', () => {
    expect(check('nobodyWorksInVain', { working: ['r/a/1'] })).toContain('r/a/1');
    expect(check('nobodyWorksInVain', { working: [] })).toBe('');
    expect(check('nobodyWorksInVain', { working: ['r/a/1'], converged: false })).toBe('');
  });
});

describe('the checker of gaps', () => {
  const definition = {
    groups: [{ id: 'g', steps: ['a', 'b'], barrier: { defaults: { '/a/text': '', '/b/text': '' } } }],
  } as never;
  const closed = (decision: string) => [event(1, 'group.closed', { group: 'g', decision })];
  const steps = [
    { id: 'a', status: 'succeeded' },
    { id: 'b', status: 'failed' },
  ];
  const run = (decision: string, context: object): Partial<Evidence> => ({
    runs: [{ ...ended(closed(decision), context), definition, view: { phase: 'ended', steps } as never }],
  });
  const text = (member: string) => ({ text: defaultOf(member) });

  it('sees a default in the place of a result, one that is nowhere, and one after an abort', () => {
    expect(check('gapsAreFilled', run('partial', { a: text('a'), b: text('b') }))).toContain('"a" has a default');
    expect(check('gapsAreFilled', run('partial', { a: 1 }))).toContain('"b" gave nothing');
    expect(check('gapsAreFilled', run('aborted', { a: 1, b: text('b') }))).toContain('"b" has a default');
  });

  it('is content when the defaults of the missing members are there', () => {
    expect(check('gapsAreFilled', run('partial', { a: 1, b: text('b') }))).toBe('');
    expect(check('gapsAreFilled', run('aborted', { a: 1 }))).toBe('');
  });
});

describe('the checker of pauses', () => {
  const granted = (seq: number) => event(seq, 'step.granted', { step: 'a' });
  const [paused, resumed] = [
    event(1, 'run.paused', { by: 'ann' }),
    event(2, 'run.resumed', { by: 'ann', pausedMs: 1 }),
  ];

  it('finds a step that was admitted in a pause, and none that was admitted after it', () => {
    expect(check('pausedRunsStartNothing', { runs: [ended([paused, granted(2)])] })).toContain('"a" was admitted at 2');
    expect(check('pausedRunsStartNothing', { runs: [ended([paused, resumed, granted(3)])] })).toBe('');
  });
});

describe('the checker of answers', () => {
  const answer = (seq: number, by: string) => event(seq, 'step.answered', { step: 'ok', how: 'person', by });
  const told = (by: string): Observation =>
    answered({ type: 'run.approve', run: 'r', step: 'ok', by }, { type: 'run.state' });
  const run = (...events: readonly TuttiEvent[]) => [
    {
      ...ended(events, { ok: { by: 'ann' } }),
      view: { ...(view('ended') as object), steps: [{ id: 'ok', status: 'succeeded' }] } as never,
    },
  ];

  it('finds a second answer, another one in the context, and somebody who was told that his counts', () => {
    expect(check('answersCountOnce', { runs: run(answer(1, 'ann'), answer(2, 'ben')) })).toContain(
      'answered again at 2',
    );
    expect(check('answersCountOnce', { runs: run(answer(1, 'ben')) })).toContain('the context says ann');
    const observations = [told('ann'), told('ben')];
    expect(check('answersCountOnce', { observations, runs: run(answer(1, 'ann')) })).toContain('ben was told');
    expect(check('answersCountOnce', { observations: [told('ann')], runs: run(answer(1, 'ann')) })).toBe('');
  });
});
