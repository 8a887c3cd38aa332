import { createMemoryBus } from '@tutti/bus';
import { createSubjects, type LeaseRequest, type MessageOf, SHARD_COUNT, shardOf } from '@tutti/contracts';
import { type Actor, createExchange, createHost } from '@tutti/kernel';
import { resourcesKind } from '@tutti/resources';
import { describe, expect, it } from 'vitest';
import { holding, openPool } from './opening.ts';
import { portsOf } from './ports.ts';

const ALL = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);
const LEASE: LeaseRequest = { lease: 'r/a/1', step: 'a', needs: { cpu: 10, memory: 10 }, priority: 5, rank: 0 };

/** A new pool, supervisors that answer what the test says, and a run `r` that holds a lease of the pool before. */
function world(nodes: Readonly<Record<string, Omit<MessageOf<'node.holding'>, 'type'>>>) {
  const subjects = createSubjects();
  const ports = portsOf({ bus: createMemoryBus() });
  const exchange = createExchange(ports, { identity: 'n' });
  const pools = createHost(ports, exchange, resourcesKind({ subjects }), {
    subjects: ['resources'],
    idOf: ({ pool = '' }) => pool,
  });
  pools.serve('resources', { pool: 'default' });
  const to = subjects.of('resources', { pool: 'default' });
  const asked: string[] = [];
  for (const [node, holds] of Object.entries(nodes)) {
    exchange.serve(subjects.of('node', { node }), ({ reply }) => {
      asked.push(node);
      reply?.({ type: 'node.holding', ...holds });
    });
  }
  exchange.serve(subjects.of('workflow', { shard: shardOf('r'), run: 'r' }), ({ message }) => {
    asked.push(message.type);
    const sync = { type: 'resource.sync', holder: 'r', holderEpoch: 1, held: [LEASE], wanted: [] } as const;
    void exchange.ask(to, { ...sync, held: [LEASE], wanted: [] }, 1_000);
  });
  let isOwned = true;
  openPool(ports, exchange, {
    pool: 'default',
    pools,
    supervisors: () => Object.keys(nodes),
    isOwned: () => isOwned,
  });
  const state = async () => {
    const { message } = await exchange.ask(to, { type: 'resource.describe' } as never, 1_000);
    return message as MessageOf<'resource.state'>;
  };
  const leave = (): void => {
    isOwned = false;
  };
  return { state, asked, leave };
}

describe('a new pool', () => {
  it('opens at once when all supervisors have said that nobody holds anything', async () => {
    const { state, asked } = world({ a: { shards: ALL, holders: [] } });
    await expect.poll(async () => (await state()).open).toBe(true);
    expect(asked).toEqual(['a']);
  });

  it('asks whoever holds something, and opens when it has told', async () => {
    const { state, asked } = world({ a: { shards: ALL.slice(0, 9), holders: ['r'] }, b: { shards: ALL, holders: [] } });
    await expect.poll(async () => (await state()).open).toBe(true);
    const { leases, used } = await state();
    expect(leases).toMatchObject([{ lease: 'r/a/1', holder: 'r' }]);
    expect(used).toEqual({ cpu: 10, memory: 10, agents: 1 });
    expect(asked).toContain('resource.announce');
  });

  it('stays closed while the runs of some shard are not taken up, and asks no more when it is elsewhere', async () => {
    const { state, asked, leave } = world({ a: { shards: ALL.slice(1), holders: [] } });
    await expect.poll(() => asked.length, { timeout: 5_000 }).toBeGreaterThan(2);
    expect((await state()).open).toBe(false);
    leave();
  });
});

describe('what a supervisor says of its runs', () => {
  const actor = (run: string, shard: number, phase: string, lease?: string, busy = false) =>
    ({ busy, snapshot: { context: { run, shard, phase, steps: [{ lease }] } } }) as unknown as Actor;

  it('names runs with leases, and no shard in which a run still finds out what is true', () => {
    const actors = [actor('r', 1, 'running', 'r/a/1'), actor('s', 2, 'running'), actor('t', 3, 'recovering', 't/a/1')];
    expect(holding([1, 2, 3, 4], actors)).toEqual({ type: 'node.holding', shards: [1, 2, 4], holders: ['r'] });
  });

  it('names a run whose writing is not over: what it gave up by it, its next owner would hold', () => {
    expect(holding([1], [actor('r', 1, 'running', undefined, true)])).toMatchObject({ shards: [1], holders: ['r'] });
  });

  it('names no shard of a run that is not loaded to its end', () => {
    const loading = { busy: false, params: { shard: '1' }, snapshot: undefined } as unknown as Actor;
    expect(holding([1, 2], [loading])).toMatchObject({ shards: [2], holders: [] });
  });
});
