import { createMemoryBus, type MemoryBus } from '@tutti/bus';
import { createSubjects, shardOf, TuttiError } from '@tutti/contracts';
import { type ActorHost, type Clock, createExchange, createHost, createJournal, systemIds } from '@tutti/kernel';
import { planWorkflow, workflow } from '@tutti/planner';
import { workflowKind } from '@tutti/supervisor';
import { type Logger, noopMeter, silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { RECOVER_AGAIN_MS } from './recovery.ts';
import { LONGEST_PAUSE_MS, TakingUp } from './taking-up.ts';

const shard = shardOf('r1');
const key = `wf.${shard}.r1`;
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
};

/** A clock that the test moves; `waits` says what is asked for. */
function handClock() {
  const waits: { readonly ms: number; readonly run: () => void }[] = [];
  let nowMs = 10;
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    after: (ms, run) => {
      const wait = { ms, run };
      waits.push(wait);
      return { cancel: () => void waits.splice(waits.indexOf(wait), 1) };
    },
    soon: (run) => queueMicrotask(run),
  };
  const pass = async (ms: number): Promise<void> => {
    nowMs += ms;
    for (const wait of waits.filter((w) => w.ms === ms)) {
      waits.splice(waits.indexOf(wait), 1);
      wait.run();
    }
    await settle();
  };
  return { clock, waits, pass };
}

/** A run that an owner under epoch 1 left in its log, and that owner's next record, which may come late. */
async function leftBehind(bus: MemoryBus) {
  const definition = workflow('w', (w) => void w.step('a'));
  const start = { type: 'workflow.start', run: 'r1', definition, plan: planWorkflow(definition), inputs: {}, at: 1 };
  const journal = createJournal(bus, key);
  const record = { kind: 'steps', epoch: 1, time: 1, end: false } as const;
  const tail = await journal.append(
    { seq: 0, id: '', n: 0, epoch: 0 },
    {
      ...record,
      id: 'one',
      events: [{ ...start, from: 'c' }],
      input: { run: 'r1', shard, ownerEpoch: 1, owner: 'old' },
    },
  );
  return { late: () => journal.append(tail, { ...record, id: 'two', events: [] }) };
}

/** A node under epoch 2; `afterRead` happens once, when it has read the run's log. */
async function world(afterRead: (late: () => unknown) => unknown = () => undefined) {
  const memory = createMemoryBus();
  const { late } = await leftBehind(memory);
  let hook: typeof afterRead | undefined = afterRead;
  const read: MemoryBus['logs']['read'] = async (k) => {
    const records = await memory.logs.read(k);
    const first = hook;
    hook = undefined;
    await first?.(late);
    return records;
  };
  const logs: MemoryBus['logs'] = Object.assign(Object.create(memory.logs), { read });
  const bus: MemoryBus = Object.assign(Object.create(memory), { logs });
  const { clock, waits, pass } = handClock();
  const subjects = createSubjects();
  const told: object[] = [];
  const log: Logger = { ...silentLogger, info: (fields) => void told.push(fields) };
  const common = { random: { next: () => 0 }, ids: systemIds, log, meter: noopMeter };
  const ports = { bus, clock, subjects, ...common };
  let epoch: number | undefined = 2;
  const taking = new TakingUp(
    ports,
    (): ActorHost => host,
    () => epoch,
    { run: () => undefined, release: async () => undefined },
  );
  const host = createHost(
    ports,
    createExchange(ports, { identity: 'new' }),
    workflowKind({ owner: 'new', subjects, pool: 'default' }),
    {
      subjects: ['workflow'],
      idOf: (p) => p['run'] ?? '',
      logKeyOf: () => key,
      ownerEpoch: () => epoch,
      custom: () => undefined,
      onActor: (actor, change) => taking.stopped(actor, change),
    },
  );
  const leave = (): void => {
    epoch = undefined;
    taking.lost(shard);
    host.release(() => true);
  };
  return { taking, host, pass, waits, leave, told };
}

describe('taking runs up', () => {
  it('ends well although the last record of the owner before lands after the log was read', async () => {
    const { taking, host, pass } = await world((late) => late());
    taking.gained(shard, true);
    await settle();
    expect([host.get('r1'), taking.taken]).toEqual([undefined, []]);
    await pass(RECOVER_AGAIN_MS);
    expect([host.get('r1')?.stoppedBy, taking.taken]).toEqual([undefined, [shard]]);
    expect(host.get('r1')).toBeDefined();
  });

  it('tries a run that stops again and again ever more slowly', async () => {
    const { taking, host, pass, waits } = await world();
    taking.gained(shard, true);
    await settle();
    for (let ms = RECOVER_AGAIN_MS; ms < 2 * LONGEST_PAUSE_MS; ms *= 2) {
      host.get('r1')?.stop('broken');
      const pause = Math.min(ms, LONGEST_PAUSE_MS);
      expect(waits.filter((w) => w.ms === pause)).toHaveLength(1);
      await pass(pause);
      expect(host.get('r1')).toBeDefined();
    }
  });

  it('says how many runs came from an owner that died, once they are here', async () => {
    const { taking, told } = await world();
    taking.gained(shard, false);
    taking.tookOver('old', new Map([['supervisor', [shard]]]));
    expect(told).toEqual([]);
    await settle();
    expect(told).toEqual([{ from: 'old', shards: { supervisor: 1 }, runs: 1 }]);
  });

  it('leaves a run alone whose shard has left meanwhile', async () => {
    const { taking, host, pass, leave } = await world((late) => late());
    taking.gained(shard, true);
    await settle();
    leave();
    await pass(RECOVER_AGAIN_MS);
    expect([host.get('r1'), taking.taken]).toEqual([undefined, []]);
  });

  it('says what no try can cure, and counts the shard as taken', async () => {
    const { clock, pass } = handClock();
    const tries: unknown[] = [];
    const ensure = async (params: unknown) => {
      tries.push(params);
      throw new TuttiError('log_truncated', 'cut');
    };
    const ports = { bus: createMemoryBus(), clock, ids: systemIds, log: silentLogger };
    const taking = new TakingUp(
      ports,
      () => ({ ensure }),
      () => 1,
      { run: () => undefined, release: async () => undefined },
    );
    taking.gained(3, true);
    await settle();
    taking.stopped({ id: 'r', params: { run: 'r', shard: '3' } }, 'broken');
    expect(taking.taken).toEqual([]);
    await pass(RECOVER_AGAIN_MS);
    expect([tries.length, taking.taken]).toEqual([1, [3]]);
  });
});
