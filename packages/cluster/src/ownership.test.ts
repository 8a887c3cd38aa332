import { createMemoryBus, decode, encode } from '@tutti/bus';
import { createSubjects } from '@tutti/contracts';
import { type KernelPorts, systemIds } from '@tutti/kernel';
import { noopMeter, silentLogger } from '@tutti/telemetry';
import { expect, it } from 'vitest';
import { createOwnership } from './ownership.ts';

/** Ports with a clock that stands still: one round is done at the start, no more. */
const portsOf = (bus: KernelPorts['bus']): KernelPorts => ({
  bus,
  clock: { now: () => 1, monotonic: () => 1, after: () => ({ cancel: () => undefined }), soon: (run) => run() },
  random: { next: () => 0 },
  ids: systemIds,
  log: silentLogger,
  meter: noopMeter,
  subjects: createSubjects(),
});

it('clears its name from a shard that it stopped before and that another node is to have', async () => {
  const bus = createMemoryBus();
  await bus.keyValues.set('node.b', encode({ roles: ['resources'], at: 0 }).data, 0);
  for (let shard = 0; shard < 64; shard++) {
    await bus.keyValues.set(`shard.resources.${shard}`, encode({ owner: 'a', epoch: 7 }).data, 0);
  }
  const ownership = createOwnership(portsOf(bus), 'a', ['resources'], {
    gained: () => undefined,
    lost: () => undefined,
  });
  await ownership.start();
  const records = (await bus.keyValues.list('shard.')).map(({ value }) => decode(value) as { owner: string });
  expect(new Set(records.map(({ owner }) => owner))).toEqual(new Set(['a', '']));
  expect(records.filter(({ owner }) => owner === 'a')).toHaveLength(ownership.owned('resources'));
});
