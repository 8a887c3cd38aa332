import { createMemoryBus } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import { silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { RECOVER_AGAIN_MS, recoverShard } from './recovery.ts';

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
  return { ports: { bus, clock, log: silentLogger }, workflows: { ensure }, tries, waiting, settle };
}

const unavailable = new TuttiError('broker_unavailable', 'no answer');

describe('taking up a shard', () => {
  it('tries again what failed for now, and keeps no other run back', async () => {
    const { ports, workflows, tries, waiting, settle } = await world((run, n) =>
      run === 'x' && n === 1 ? unavailable : undefined,
    );
    recoverShard(ports, workflows, 3, () => true);
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
    recoverShard(ports, workflows, 3, () => owned);
    await settle();
    expect(tries).toEqual(['x', 'y']);
    expect(waiting).toEqual([]);
    owned = false;
    recoverShard(ports, workflows, 3, () => owned);
    await settle();
    expect(tries).toEqual(['x', 'y']);
  });
});
