import { DEFAULT_POOL } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import type { BrokerInfo } from '../broker-info.adapter.ts';
import {
  checkAgents,
  checkBroker,
  checkFailure,
  checkLetters,
  checkNodes,
  checkRuntime,
  doctorExit,
  unreachable,
} from './checks.ts';

const info = (extra: Partial<BrokerInfo> = {}): BrokerInfo => ({
  version: '2.10.27',
  jetstream: true,
  headers: true,
  serverName: 'n1',
  cluster: undefined,
  maxPayloadBytes: 1_048_576,
  tookMs: 2,
  ...extra,
});
const verdicts = (extra: Partial<BrokerInfo>, sync = 'always') =>
  checkBroker('nats://h', info(extra), sync).map(({ verdict }) => verdict);
const node = (skewMs?: number, version = '1') => ({
  ...{ node: 'n', version, skewMs },
  roles: ['supervisor', 'context', 'resources'],
});

describe('doctor', () => {
  it('is content with a broker that is new enough, has JetStream and syncs', () => {
    expect(verdicts({})).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(doctorExit(checkBroker('nats://h', info(), 'always'))).toBe(0);
  });

  it.each([
    ['2.9.9', undefined, 'no_broker'],
    ['2.9.10', undefined, 'ok'],
    ['2.9.10', 'c', 'bad'],
    ['2.9.20', 'c', 'bad'],
    ['2.9.21', 'c', 'ok'],
    ['2.15.1-beta', 'c', 'ok'],
    ['10.0.0', 'c', 'ok'],
  ])('server %s in cluster %s is %s', (version, cluster, verdict) => {
    expect(verdicts({ version, cluster })[1]).toBe(verdict);
  });

  it('a sync that is off or not visible is a note, with advice where there is something to do', () => {
    const [, , , off] = checkBroker('nats://h', info(), 'sometimes');
    expect(off).toMatchObject({ verdict: 'note', advice: expect.stringContaining('sync_interval: always') });
    expect(verdicts({}, 'not visible')[3]).toBe('note');
  });

  it('ends 7 for what the broker lacks, 1 for what else is wrong, 0 for notes', () => {
    const noAgents = checkAgents([]);
    expect(doctorExit([noAgents])).toBe(0);
    expect(doctorExit([noAgents, ...checkNodes([], '1')])).toBe(1);
    expect(doctorExit([...checkNodes([], '1'), unreachable('nats://h', 'refused')])).toBe(7);
    expect(doctorExit([checkFailure('connection', 'broker_unsupported', 'old')])).toBe(7);
    expect(doctorExit([checkFailure('cluster', 'request_timeout', 'late')])).toBe(1);
  });

  it('finds another version, and a clock that is half a second off in either direction', () => {
    expect(checkNodes([node(10)], '1').map(({ verdict }) => verdict)).toEqual(['ok', 'ok']);
    expect(checkNodes([node(10)], '2')[0]?.verdict).toBe('bad');
    expect(checkNodes([node(-501)], '1')[1]).toMatchObject({ verdict: 'bad', found: 'n is 501 ms behind' });
    expect(checkNodes([node(501)], '1')[1]?.found).toBe('n is 501 ms ahead');
    expect(checkNodes([node()], '1')[1]?.verdict).toBe('note');
  });

  it('names each role that nobody offers, and how to offer it', () => {
    const checks = checkNodes([{ ...node(10), roles: ['supervisor', 'context'] }], '1');
    expect(checks.filter(({ verdict }) => verdict === 'bad')).toMatchObject([
      { what: 'role resources', advice: expect.stringContaining('--roles resources') },
    ]);
    expect(doctorExit(checks)).toBe(1);
  });

  it('tells what a node meets of the broker, since when, and what to do about it', () => {
    const broker = { condition: 'full', sinceMs: 0, detail: 'journals: no room' } as const;
    const [, writes] = checkNodes([{ ...node(10), broker }], '1');
    expect(writes).toMatchObject({
      ...{ verdict: 'no_broker', what: 'writes of n' },
      found: 'full since 1970-01-01T00:00:00.000Z: journals: no room',
      advice: expect.stringContaining('max_file_store'),
    });
    expect(doctorExit(checkNodes([{ ...node(10), broker }], '1'))).toBe(7);
  });

  it('everything that is wrong says what to do', () => {
    const all = [
      checkRuntime('18.0.0'),
      unreachable('nats://h', 'refused'),
      ...checkBroker('nats://h', info({ version: '2.8.0', jetstream: false }), 'sometimes'),
      ...checkNodes([node(9_999)], '2'),
      ...(['away', 'refused', 'full', 'slow'] as const).flatMap((condition) =>
        checkNodes([{ ...node(), broker: { condition, sinceMs: 0, detail: '' } }], '1'),
      ),
      ...checkNodes([], '1'),
    ];
    const wrong = all.filter(({ verdict }) => verdict === 'bad' || verdict === 'no_broker');
    expect(wrong.length).toBeGreaterThan(5);
    expect(wrong.every(({ advice }) => (advice ?? '').length > 10)).toBe(true);
  });

  it('finds dead letters: a fault when a run lies aside, else a note', () => {
    const letter = { id: 'l', kind: 'message' as const, atMs: 0, node: 'n', bytes: 1 };
    const reason = { code: 'bad_message' as const, message: 'm', retryable: false };
    const message = { ...letter, reason };
    expect(checkLetters({ letters: [], more: false })).toMatchObject({ verdict: 'ok', found: 'none' });
    expect(checkLetters({ letters: [message], more: false })).toMatchObject({ verdict: 'note', found: '1 (0 runs)' });
    const both = checkLetters({ letters: [message, { ...message, kind: 'run', run: 'r' }], more: true });
    expect(both).toMatchObject({ verdict: 'bad', found: '2 or more (1 run)' });
    expect(both.advice).toContain('tutti dlq ls');
  });

  it('says which pool holds, and finds nodes that were given different ones', () => {
    const given = (name: string, agents: number, holds: boolean) => {
      return { ...node(10), node: name, pool: { spec: { ...DEFAULT_POOL, concurrentAgents: agents }, holds } };
    };
    const pool = (...nodes: Parameters<typeof checkNodes>[0]) =>
      checkNodes(nodes, '1').find(({ what }) => what === 'pool');
    expect(pool(node(10))).toBeUndefined();
    expect(pool(given('a', 5, true), given('b', 5, false))).toMatchObject({
      ...{ verdict: 'ok', found: 'agents=5, cpu=100, memory=100' },
    });
    expect(pool(given('a', 5, false), given('b', 6, true))).toMatchObject({
      verdict: 'bad',
      found: expect.stringMatching(/that of b holds: a agents=5, .*; b agents=6, /),
    });
  });

  it('finds a metric of the pool that is over its threshold, by who manages the pool, and says what to do', () => {
    const alert = { metric: 'queue_depth' as const, value: 5, threshold: 3, unit: 'requests' as const };
    const alerts = [{ ...alert, sinceMs: 1_700_000_000_000, names: ['r/a', 'r/b'] }];
    const holder = { ...node(10), pool: { spec: DEFAULT_POOL, holds: true, alerts } };
    const checks = checkNodes([holder], '1');
    expect(checks.find(({ what }) => what === 'pool alert')).toEqual({
      ...{ verdict: 'bad', what: 'pool alert', advice: expect.stringContaining('tutti show') },
      found: 'queue depth 5 requests, threshold 3 requests; waiting: r/a, r/b, since 2023-11-14T22:13:20.000Z',
    });
    expect(doctorExit(checks)).toBe(1);
  });

  it('counts the live instances of each agent', () => {
    expect(checkAgents([{ role: 'qa' }, { role: 'pm' }, { role: 'qa' }]).found).toBe('qa × 2, pm × 1');
  });
});
