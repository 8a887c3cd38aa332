import { type Bus, createMemoryBus } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import { createJournal, type JournalRecord, systemIds } from '@tutti/kernel';
import { silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import {
  ENDED_LOADED,
  RECOVER_AGAIN_MS,
  RECOVER_AT_ONCE,
  RECOVER_TOGETHER,
  Recovery,
  type RecoveryOptions,
} from './recovery.ts';
import { TakingUp } from './taking-up.ts';
import { Turnstile } from './turnstile.ts';

/** Two runs in a shard, a clock that the test moves, and what was taken up in order. */
async function world(fails: (run: string, tries: number) => TuttiError | undefined) {
  const bus = createMemoryBus();
  for (const run of ['x', 'y']) await bus.logs.append(`wf.3.${run}`, new Uint8Array([1]), { expect: 0, id: run });
  const waiting: { readonly ms: number; readonly run: () => void }[] = [];
  const after = (ms: number, run: () => void) => {
    waiting.push({ ms, run });
    return { cancel: () => undefined };
  };
  const clock = { now: () => 0, monotonic: () => 0, after, soon: (run: () => void) => run() };
  const tries: string[] = [];
  const ensure = async ({ run = '' }: Readonly<Record<string, string>>) => {
    tries.push(run);
    const error = fails(run, tries.filter((t) => t === run).length);
    if (error !== undefined) throw error;
    return undefined;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { ports: { bus, clock, ids: systemIds, log: silentLogger }, workflows: { ensure }, tries, waiting, settle };
}

const recovery = (workflows: RecoveryOptions['workflows']): RecoveryOptions => ({
  shard: 3,
  process: 'one',
  workflows,
  turnstile: new Turnstile(RECOVER_TOGETHER),
  isClean: true,
  isOwned: () => true,
  done: () => undefined,
  setAside: () => undefined,
  release: async () => undefined,
});

const unavailable = new TuttiError('broker_unavailable', 'no answer');

describe('taking up a shard', () => {
  it('tries again what failed for now, and keeps no other run back', async () => {
    const { ports, workflows, tries, waiting, settle } = await world((run, n) =>
      run === 'x' && n === 1 ? unavailable : undefined,
    );
    new Recovery(ports, recovery(workflows)).start();
    await settle();
    expect(tries).toEqual(['x', 'y']);
    expect(waiting.map(({ ms }) => ms)).toEqual([RECOVER_AGAIN_MS]);
    waiting[0]?.run();
    await settle();
    expect(tries).toEqual(['x', 'y', 'x', 'y']);
    expect(waiting).toHaveLength(1);
  });

  it('stops when the shard is no longer here, and does not repeat what cannot be cured', async () => {
    const { ports, workflows, tries, waiting, settle } = await world(() => new TuttiError('log_truncated', 'cut'));
    let owned = true;
    new Recovery(ports, { ...recovery(workflows), isOwned: () => owned }).start();
    await settle();
    expect(tries).toEqual(['x', 'y']);
    expect(waiting).toEqual([]);
    owned = false;
    new Recovery(ports, { ...recovery(workflows), isOwned: () => owned }).start();
    await settle();
    expect(tries).toEqual(['x', 'y']);
  });
});

const record = (id: string, time: number, end: boolean): Omit<JournalRecord, 'v' | 'prev' | 'n'> => {
  return { kind: 'steps', id, epoch: 1, time, events: [{ type: 'x', at: time }], end };
};
async function journal(bus: Bus, run: string, time: number, end: boolean): Promise<void> {
  const log = createJournal(bus, `wf.3.${run}`);
  await log.append({ seq: 0, id: '', n: 0, epoch: 0 }, record(`${run}-1`, time, end));
}
const ports = (bus: Bus) => {
  const clock = { now: () => 0, monotonic: () => 0, after: () => ({ cancel: () => undefined }), soon: () => undefined };
  return { bus, clock, ids: systemIds, log: silentLogger };
};

/** How many loads go on at once, at most, until so many have ended. */
async function mostAtOnce(count: number, begin: (ensure: () => Promise<undefined>) => void): Promise<number> {
  let [now, most, done] = [0, 0, 0];
  await new Promise<void>((resolve) => {
    begin(async () => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now -= 1;
      if (++done === count) resolve();
      return undefined;
    });
  });
  return most;
}

describe('a shard of many runs', () => {
  it('loads every run that goes on before the newest of those that ended, and no other', async () => {
    const bus = createMemoryBus();
    for (let i = 0; i < ENDED_LOADED + 3; i++) await journal(bus, `ended-${i}`, i, true);
    for (let i = 0; i < 3; i++) await journal(bus, `live-${i}`, i, false);
    const loaded: string[] = [];
    const wanted = 3 + ENDED_LOADED;
    await new Promise<void>((resolve) => {
      const ensure = async ({ run = '' }: Readonly<Record<string, string>>) => {
        if (loaded.push(run) === wanted) setImmediate(resolve);
        return undefined;
      };
      new Recovery(ports(bus), recovery({ ensure })).start();
    });
    expect(loaded.slice(0, 3).sort()).toEqual(['live-0', 'live-1', 'live-2']);
    expect(loaded.slice(3)).toEqual(['ended-6', 'ended-5', 'ended-4', 'ended-3']);
  });

  it('reads several runs at once, and never more than its limit', async () => {
    const bus = createMemoryBus();
    const count = 3 * RECOVER_AT_ONCE;
    for (let i = 0; i < count; i++) await journal(bus, `live-${i}`, i, false);
    const most = await mostAtOnce(count, (ensure) => new Recovery(ports(bus), recovery({ ensure })).start());
    expect(most).toBe(RECOVER_AT_ONCE);
  });

  it('reads with all shards that come at once no more than the limit of them together', async () => {
    const bus = createMemoryBus();
    const shards = Array.from({ length: 12 }, (_, shard) => shard);
    const keys = shards.flatMap((shard) => Array.from({ length: 6 }, (_, i) => `wf.${shard}.run-${shard}-${i}`));
    for (const key of keys) await bus.logs.append(key, new Uint8Array([1]), { expect: 0, id: key });
    const letters = { run: () => undefined, release: async () => undefined };
    const most = await mostAtOnce(keys.length, (ensure) => {
      const taking = new TakingUp(
        ports(bus),
        () => ({ ensure }),
        () => 1,
        letters,
      );
      for (const shard of shards) taking.gained(shard, true);
    });
    expect(most).toBe(RECOVER_TOGETHER);
  });
});
