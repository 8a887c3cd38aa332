import { createMemoryBus, decode, encode, type MemoryBus } from '@tutti/bus';
import { createSubjects, SHARD_COUNT, TuttiError } from '@tutti/contracts';
import { type KernelPorts, systemIds } from '@tutti/kernel';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { LEASE_MS, placeOf } from './living.ts';
import { createOwnership } from './ownership.ts';
import type { Role } from './roles.ts';

/** Nodes that share a bucket; the test moves the time and says whose turn it is. */
function world() {
  const bus = createMemoryBus();
  let now = 1;
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const node = (name: string, given: Pick<KernelPorts, 'bus'> = { bus }) => {
    const timers = new Set<{ readonly dueMs: number; readonly delayMs: number; readonly run: () => void }>();
    const after = (delayMs: number, run: () => void) => {
      const timer = { dueMs: now + delayMs, delayMs, run };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    };
    const ports: KernelPorts = {
      ...given,
      clock: { now: () => now, monotonic: () => now, after, soon: (run) => run() },
      random: { next: () => 0 },
      ids: systemIds,
      log: silentLogger,
      meter: noopMeter,
      subjects: createSubjects(),
    };
    const lost: number[] = [];
    const took: [from: string, shards: readonly number[]][] = [];
    const gained: [shard: number, epoch: number][] = [];
    const ownership = createOwnership(ports, name, ['resources'], {
      gained: (_: Role, shard, epoch) => void gained.push([shard, epoch]),
      lost: (_: Role, shard) => void lost.push(shard),
      tookOver: (from, byRole) => void took.push([from, byRole.get('resources') ?? []]),
    });
    /** What is due, and one more round: renew, look, settle. */
    const turn = async () => {
      for (const timer of [...timers].filter((t) => t.dueMs <= now || t.delayMs <= LEASE_MS / 4)) {
        if (!timers.delete(timer)) continue;
        timer.run();
        await settle();
      }
    };
    return { ownership, gained, lost, took, turn };
  };
  const records = async () =>
    (await bus.keyValues.list('shard.')).map(({ value }) => decode(value) as { owner: string; epoch: number });
  const pass = (ms: number) => {
    now += ms;
  };
  return { bus, node, records, pass };
}

/** What waits until it is opened. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};

const shards = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);

describe('ownership', () => {
  it('of a node that is alone is everything, each shard under its first epoch', async () => {
    const { node, records } = world();
    const { ownership, gained } = node('a');
    await ownership.start();
    expect(gained).toEqual(shards.map((shard) => [shard, 1]));
    expect(await records()).toEqual(shards.map(() => ({ owner: 'a', epoch: 1 })));
  });

  it('moves to a node that joins exactly where that is the better place, and no shard has two owners', async () => {
    const { node } = world();
    const [a, b] = [node('a'), node('b')];
    await a.ownership.start();
    await b.ownership.start();
    expect(b.gained).toEqual([]);
    await a.turn();
    await b.turn();
    const best = (name: string) => shards.filter((s) => placeOf('resources', s, ['a', 'b']) === name);
    expect(a.lost).toEqual(best('b'));
    expect(b.gained).toEqual(best('b').map((shard) => [shard, 2]));
    expect(b.took).toEqual([]);
    expect(shards.filter((s) => a.ownership.epochOf('resources', s) !== undefined)).toEqual(best('a'));
  });

  it('of a silent node goes on to another after a whole lease, not before, under the next epoch', async () => {
    const { node, pass } = world();
    const [a, b] = [node('a'), node('b')];
    await a.ownership.start();
    await b.ownership.start();
    pass(LEASE_MS);
    await b.turn();
    expect(b.gained).toEqual([]);
    pass(1);
    await b.turn();
    expect(b.gained).toEqual(shards.map((shard) => [shard, 2]));
    expect(b.took).toEqual([['a', shards]]);
    expect(a.took).toEqual([]);
  });

  it('ends at its node when the lease could not be renewed for most of its life', async () => {
    const { bus, node, pass } = world();
    let isCut = false;
    const set: MemoryBus['keyValues']['set'] = (...args) =>
      isCut ? Promise.reject(new Error('cut')) : bus.keyValues.set(...args);
    const keyValues: MemoryBus['keyValues'] = Object.assign(Object.create(bus.keyValues), { set });
    const a = node('a', { bus: Object.assign(Object.create(bus), { keyValues }) as MemoryBus });
    await a.ownership.start();
    isCut = true;
    pass(LEASE_MS * 0.6 - 1);
    await a.turn();
    expect(a.lost).toEqual([]);
    expect(a.ownership.epochOf('resources', 0)).toBe(1);
    pass(1);
    // Whoever asks before the timer fires, as after a long stop, is told the same.
    expect(a.ownership.epochOf('resources', 0)).toBeUndefined();
    await a.turn();
    expect(a.lost).toEqual(shards);
    expect(a.ownership.owned('resources')).toBe(0);
  });

  /** A bucket whose writes go through this first. */
  const faulty = (bus: MemoryBus, before: (key: string) => Promise<void>): MemoryBus => {
    const set: MemoryBus['keyValues']['set'] = async (...args) => {
      await before(args[0]);
      return bus.keyValues.set(...args);
    };
    const remove: MemoryBus['keyValues']['delete'] = async (key) => {
      await before(key);
      return bus.keyValues.delete(key);
    };
    const keyValues: MemoryBus['keyValues'] = Object.assign(Object.create(bus.keyValues), { set, delete: remove });
    return Object.assign(Object.create(bus), { keyValues }) as MemoryBus;
  };

  it('ends in time although a round over the shards hangs, and the lease is renewed although it does', async () => {
    const { bus, node, pass } = world();
    let hangs = false;
    let isCut = false;
    const before = async (key: string): Promise<void> => {
      if (hangs && key.startsWith('shard.')) await new Promise(() => undefined);
      if (isCut && key.startsWith('node.')) throw new Error('cut');
    };
    const [a, b] = [node('a', { bus: faulty(bus, before) }), node('b')];
    await a.ownership.start();
    await b.ownership.start();
    hangs = true;
    for (let i = 0; i < 8; i++) {
      pass(LEASE_MS / 4);
      await a.turn();
    }
    const kept = a.ownership.owned('resources');
    expect(kept).toBeGreaterThan(0);
    isCut = true;
    pass(LEASE_MS * 0.6);
    await a.turn();
    expect(a.ownership.owned('resources')).toBe(0);
  });

  it('of shards whose entries can be written waits for no other shard', async () => {
    const { bus, node } = world();
    const fails = new Set(['shard.resources.3', 'shard.resources.5']);
    const before = async (key: string): Promise<void> => {
      if (fails.has(key)) throw new Error('no answer');
    };
    const { ownership, turn } = node('a', { bus: faulty(bus, before) });
    await ownership.start();
    expect(ownership.owned('resources')).toBe(SHARD_COUNT - 2);
    fails.clear();
    await turn();
    expect(ownership.owned('resources')).toBe(SHARD_COUNT);
  });

  it('is given back by a node that leaves, so that nobody waits for its lease', async () => {
    const { node, records } = world();
    const [a, b] = [node('a'), node('b')];
    await a.ownership.start();
    await b.ownership.start();
    await a.ownership.stop();
    expect(new Set((await records()).map(({ owner }) => owner))).toEqual(new Set(['']));
    await b.turn();
    expect(b.ownership.owned('resources')).toBe(SHARD_COUNT);
  });

  it('is elsewhere before any time has passed when a node that leaves is heard to', async () => {
    const { node } = world();
    const [a, b] = [node('a'), node('b')];
    await a.ownership.start();
    await b.ownership.start();
    await a.ownership.stop();
    b.ownership.look();
    await turns(10);
    expect(b.ownership.owned('resources')).toBe(SHARD_COUNT);
  });

  it('is looked at once more when somebody leaves while a node looks who has left', async () => {
    const { bus, node } = world();
    const held = gate();
    let isHeld = false;
    const before = async (key: string): Promise<void> => {
      if (isHeld && key.startsWith('shard.')) await held.opened;
    };
    const [a, b, c] = [node('a', { bus: faulty(bus, before) }), node('b'), node('c')];
    for (const each of [a, b, c]) await each.ownership.start();
    for (const each of [a, b, c]) await each.turn();
    await c.ownership.stop();
    isHeld = true;
    a.ownership.look();
    await turns(10);
    await b.ownership.stop();
    a.ownership.look();
    held.open();
    await turns(10);
    expect(a.ownership.owned('resources')).toBe(SHARD_COUNT);
  });

  it('ends, all of it, at a node that leaves although the broker does not answer for a shard or for its lease', async () => {
    for (const broken of ['shard.resources.3', 'node.a']) {
      const { bus, node, records } = world();
      let leaves = false;
      const fails = async (key: string): Promise<void> => {
        if (leaves && key === broken) throw new TuttiError('broker_unavailable', 'no');
      };
      const a = node('a', { bus: faulty(bus, fails) });
      await a.ownership.start();
      leaves = true;
      await a.ownership.stop();
      expect([a.lost, a.ownership.owned('resources')]).toEqual([shards, 0]);
      const left = (await records()).filter(({ owner }) => owner !== '');
      expect(left).toHaveLength(broken === 'node.a' ? 0 : 1);
      expect(await bus.keyValues.get('node.a')).toEqual(broken === 'node.a' ? expect.anything() : undefined);
    }
  });

  for (const [what, end] of [
    ['its lease ran out', 'fence'],
    ['it has left', 'stop'],
  ] as const) {
    it(`does not begin by an answer that comes after ${what}`, async () => {
      const { bus, node, pass } = world();
      const late = gate();
      let isCut = false;
      const before = async (key: string): Promise<void> => {
        if (key === 'shard.resources.5') await late.opened;
        if (isCut && key === 'node.a') throw new TuttiError('broker_unavailable', 'no');
      };
      const a = node('a', { bus: faulty(bus, before) });
      const started = a.ownership.start();
      await turns(10);
      isCut = end === 'fence';
      if (end === 'stop') await a.ownership.stop();
      pass(LEASE_MS * 0.6);
      await a.turn();
      const others = shards.filter((shard) => shard !== 5);
      expect(a.lost).toEqual(others);
      late.open();
      await started;
      expect([a.gained.map(([shard]) => shard), a.lost, a.ownership.owned('resources')]).toEqual([others, others, 0]);
      const entry = await bus.keyValues.get('shard.resources.5');
      expect(decode(entry?.value ?? new Uint8Array())).toEqual({ owner: '', epoch: 1 });
    });
  }

  it('clears its name from a shard that it stopped before and that another node is to have', async () => {
    const { bus, node, records } = world();
    await bus.keyValues.set('node.b', encode({ roles: ['resources'], at: 0 }).data, 0);
    for (const shard of shards) {
      await bus.keyValues.set(`shard.resources.${shard}`, encode({ owner: 'a', epoch: 7 }).data, 0);
    }
    const { ownership } = node('a');
    await ownership.start();
    const owners = (await records()).map(({ owner }) => owner);
    expect(new Set(owners)).toEqual(new Set(['a', '']));
    expect(owners.filter((owner) => owner === 'a')).toHaveLength(ownership.owned('resources'));
  });

  it('begins anew where a journal has a newer epoch than its entry, and only where that names this node', async () => {
    const { node } = world();
    const [a, b] = [node('a'), node('b')];
    await a.ownership.start();
    await b.ownership.start();
    await a.turn();
    await b.turn();
    const [own = 0] = shards.filter((s) => placeOf('resources', s, ['a', 'b']) === 'a');
    const [others = 0] = shards.filter((s) => placeOf('resources', s, ['a', 'b']) === 'b');
    for (const shard of [own, others]) a.ownership.journaled('resources', shard, 7);
    await a.turn();
    await b.turn();
    expect(a.gained.at(-1)).toEqual([own, 8]);
    expect(a.lost.at(-1)).toBe(own);
    expect([own, others].map((shard) => a.ownership.epochOf('resources', shard))).toEqual([8, undefined]);
    expect(b.ownership.epochOf('resources', others)).toBe(2);
    a.ownership.journaled('resources', own, 6);
    await a.turn();
    expect(a.ownership.epochOf('resources', own)).toBe(8);
  });
});

describe('the place of a shard', () => {
  it('changes, when a node goes, only for the shards of that node', () => {
    const [before, after] = [
      ['a', 'b', 'c'],
      ['a', 'c'],
    ];
    const moved = shards.filter((s) => placeOf('context', s, before) !== placeOf('context', s, after));
    expect(moved).toEqual(shards.filter((s) => placeOf('context', s, before) === 'b'));
    expect(moved.length).toBeGreaterThan(0);
  });

  it('does not depend on the order in which nodes are known, and is nowhere without nodes', () => {
    for (const s of shards) expect(placeOf('context', s, ['a', 'b'])).toBe(placeOf('context', s, ['b', 'a']));
    expect(placeOf('context', 0, [])).toBeUndefined();
  });
});
