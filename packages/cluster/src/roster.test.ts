import { createMemoryBus } from '@tutti/bus';
import { type Body, type BrokerState, createSubjects, DEFAULT_POOL, type NodePool } from '@tutti/contracts';
import { createExchange, type KernelPorts, systemIds } from '@tutti/kernel';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { type BeatingOptions, NODE_BEAT_MS, NODE_GONE_MS, Roster, startBeating } from './roster.ts';

const beat = (node: string, given: Partial<Body<'node.beat'>> = {}): Body<'node.beat'> => {
  return { node, roles: ['context'], shards: 3, runs: 0, version: '1', seq: 0, atMs: 0, left: false, ...given };
};
const names = (roster: Roster, nowMs: number) => roster.rows(nowMs).map(({ node }) => node);

describe('the roster', () => {
  it('names who was heard, with roles, shards and the age of the last beat', () => {
    const roster = new Roster();
    roster.hear(beat('b', { shards: 1 }), 100);
    roster.hear(beat('a', { roles: ['supervisor', 'resources'] }), 150);
    expect(roster.rows(200)).toEqual([
      { node: 'a', roles: ['supervisor', 'resources'], shards: 3, version: '1', seenMs: 50 },
      { node: 'b', roles: ['context'], shards: 1, version: '1', seenMs: 100 },
    ]);
  });

  it('forgets who has been silent too long, and not before', () => {
    const roster = new Roster();
    roster.hear(beat('a'), 0);
    expect(names(roster, NODE_GONE_MS)).toEqual(['a']);
    expect(names(roster, NODE_GONE_MS + 1)).toEqual([]);
  });

  it('forgets at once who says that it leaves, and no beat of before brings it back', () => {
    const roster = new Roster();
    roster.hear(beat('a', { atMs: 10 }), 0);
    roster.hear(beat('a', { atMs: 5, left: true }), 1);
    expect(names(roster, 1)).toEqual(['a']);
    roster.hear(beat('a', { atMs: 11, left: true }), 2);
    expect(names(roster, 2)).toEqual([]);
  });
});

/** Nodes on one bus, whose timers the test runs. */
function world() {
  const bus = createMemoryBus();
  const timers: { readonly ms: number; readonly run: () => void }[] = [];
  const after = (ms: number, run: () => void) => {
    timers.push({ ms, run });
    return { cancel: () => undefined };
  };
  const ports: KernelPorts = {
    bus,
    clock: { now: () => 1, monotonic: () => 1, after, soon: (run) => queueMicrotask(run) },
    random: { next: () => 1 },
    ids: systemIds,
    log: silentLogger,
    meter: noopMeter,
    subjects: createSubjects(),
  };
  const node = (name: string, options: BeatingOptions, met?: BrokerState, pool?: NodePool) => {
    const self = {
      node: name,
      roles: ['supervisor'],
      shards: () => 2,
      runs: () => 1,
      broker: () => met,
      pool: () => pool,
    };
    return startBeating(ports, createExchange(ports, { identity: name }), self, options);
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { node, timers, settle };
}

describe('a node', () => {
  it('is known to the others until it says that it leaves, which they are told at once, and beats again in a second and a fifth at most', async () => {
    const { node, timers, settle } = world();
    let left = 0;
    const a = node('a', { speaks: true, onLeft: () => void left++ });
    const b = node('b', { speaks: true });
    await settle();
    expect(a.nodes().map((n) => n.node)).toEqual(['a', 'b']);
    expect(timers.map(({ ms }) => ms)).toEqual([NODE_BEAT_MS * 1.2, NODE_BEAT_MS * 1.2]);
    b.stop();
    await settle();
    expect(a.nodes().map((n) => n.node)).toEqual(['a']);
    expect(left).toBe(1);
  });

  it('says in its beat what it meets of the broker, and nothing when all is well', async () => {
    const { node, settle } = world();
    const a = node('a', { speaks: true });
    node('b', { speaks: true }, { condition: 'full', sinceMs: 5, detail: 'no room' });
    await settle();
    const [own, heard] = a.nodes();
    expect(own).not.toHaveProperty('broker');
    expect(heard).toMatchObject({ node: 'b', broker: { condition: 'full', sinceMs: 5, detail: 'no room' } });
  });

  it('says in its beat which pool it was given, which the others are told of', async () => {
    const { node, settle } = world();
    const told: unknown[] = [];
    const a = node('a', { speaks: true, onPool: (...heard) => void told.push(heard) });
    const pool = { spec: { ...DEFAULT_POOL, concurrentAgents: 9 }, holds: true };
    node('b', { speaks: true }, undefined, pool);
    await settle();
    expect(told).toEqual([['b', pool]]);
    expect(a.nodes().map((row) => row.pool)).toEqual([undefined, pool]);
  });

  it('that is the whole cluster says nothing, and names itself as it is now', async () => {
    const { node, timers } = world();
    const alone = node('a', { speaks: false });
    expect(timers).toEqual([]);
    expect(alone.nodes()).toMatchObject([{ node: 'a', roles: ['supervisor'], shards: 2, seenMs: 0 }]);
  });
});
