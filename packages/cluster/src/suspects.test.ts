/** A process that dies while it takes runs up leaves its mark; the next ones narrow down over which. */
import { createMemoryBus, encode, type MemoryBus } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import { systemIds, tagged } from '@tutti/kernel';
import { silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { RECOVER_TOGETHER, Recovery, type RecoveryOptions } from './recovery.ts';
import { ASIDE_MS, MAX_DEATHS, SETTLE_MS, Suspects } from './suspects.ts';
import { Turnstile } from './turnstile.ts';

const SHARD = 3;
/** The recovery that a test looks at while it runs. */
const present: { recovery?: Recovery } = {};
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

/**
 * A process that takes the shard up after an owner that died. It dies as soon as it loads one of `deadly`: nothing of it
 * runs any more. Gives what it loaded and what it put aside.
 */
async function life(bus: MemoryBus, deadly: readonly string[], from: Partial<RecoveryOptions> = {}, patience = 0) {
  const [loaded, aside, pauses]: [string[], string[], number[]] = [[], [], []];
  let alive = true;
  const waits: { readonly ms: number; readonly run: () => void }[] = [];
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    soon: (run: () => void) => run(),
    after: (ms: number, run: () => void) => {
      waits.push({ ms, run });
      return { cancel: () => undefined };
    },
  };
  const ensure = ({ run = '' }: Readonly<Record<string, string>>) => {
    if (!alive) return new Promise<undefined>(() => undefined);
    if (deadly.includes(run)) alive = false;
    if (alive) loaded.push(run);
    return alive ? Promise.resolve(undefined) : new Promise<undefined>(() => undefined);
  };
  let isDone = false;
  const options: RecoveryOptions = {
    shard: SHARD,
    process: systemIds.next(),
    workflows: { ensure },
    turnstile: new Turnstile(RECOVER_TOGETHER),
    isClean: false,
    isOwned: () => alive,
    done: () => {
      isDone = true;
    },
    setAside: (run) => void aside.push(run),
    release: async (run) => {
      const at = aside.indexOf(run);
      if (at !== -1) aside.splice(at, 1);
    },
    ...from,
  };
  const recovery = new Recovery({ bus, clock, ids: systemIds, log: silentLogger }, options);
  present.recovery = recovery;
  recovery.start();
  await settle();
  for (let next = waits.shift(); alive && next !== undefined; next = waits.shift()) {
    if (next.ms > SETTLE_MS) pauses.push(next.ms);
    if (next.ms <= Math.max(SETTLE_MS, patience)) next.run();
    await settle();
  }
  return { loaded, aside, pauses, isDone, alive, recovery };
}

async function busWith(runs: readonly string[]): Promise<MemoryBus> {
  const bus = createMemoryBus();
  for (const run of runs) await bus.logs.append(`wf.${SHARD}.${run}`, new Uint8Array([1]), { expect: 0, id: run });
  return bus;
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `r${String(i).padStart(2, '0')}`);

describe('a run that breaks whoever takes it up', () => {
  it.each([1, 3, 4, 20])('lies aside in the end, and every other one of %i goes on', async (count) => {
    const bus = await busWith(names(count));
    const culprit = names(count)[Math.floor(count / 2)] ?? '';
    let deaths = 0;
    let last = await life(bus, [culprit]);
    for (; !last.alive && deaths < 10; deaths += 1) last = await life(bus, [culprit]);
    expect([last.aside, last.isDone]).toEqual([[culprit], true]);
    expect(last.loaded.sort()).toEqual(names(count).filter((run) => run !== culprit));
    expect(deaths).toBeGreaterThanOrEqual(MAX_DEATHS);
    expect(deaths).toBeLessThanOrEqual(MAX_DEATHS + 1);
  });

  it('is tried again by itself, alone, ever less often, and goes on when it was not to blame', async () => {
    const bus = await busWith(names(2));
    for (let deaths = 0; deaths < MAX_DEATHS; deaths += 1) expect((await life(bus, ['r01'])).alive).toBe(false);
    const again = await life(bus, ['r01'], {}, ASIDE_MS);
    expect([again.pauses, again.alive]).toEqual([[ASIDE_MS], false]);
    const impatient = await life(bus, ['r01'], {}, ASIDE_MS);
    expect([impatient.pauses, impatient.aside, impatient.alive]).toEqual([[2 * ASIDE_MS], ['r01'], true]);
    const well = await life(bus, [], {}, 2 * ASIDE_MS);
    expect([well.loaded.sort(), well.aside, well.alive]).toEqual([names(2), [], true]);
    expect(await bus.logs.keys('tak.*.*')).toEqual([]);
  });

  it('is tried again beside another one that is due at the same time: both go on', async () => {
    const bus = await busWith(names(3));
    const mark = (run: string) => ({ [run]: { deaths: MAX_DEATHS, isTried: false, isAlone: true } });
    const data = tagged(encode({ ...mark('r00'), ...mark('r02') }));
    await bus.logs.append(`tak.${SHARD}.0`, data, { expect: 0, id: 'mark' });
    const { loaded, aside, pauses, isDone } = await life(bus, [], {}, ASIDE_MS);
    expect([loaded, aside, pauses, isDone]).toEqual([['r01', 'r00', 'r02'], [], [ASIDE_MS, ASIDE_MS], true]);
    expect(await bus.logs.keys('tak.*.*')).toEqual([]);
  });

  it('is loaded by nobody before the mark says that it is tried', async () => {
    const bus = await busWith(names(4));
    await life(bus, ['r02']);
    const seen: [string, readonly string[]][] = [];
    const dying = await life(bus, ['r02'], {
      workflows: {
        ensure: async ({ run = '' }) => {
          seen.push([run, names(4).filter((each) => present.recovery?.allows(each))]);
          return undefined;
        },
      },
    });
    expect(dying.isDone).toBe(true);
    expect(seen.map(([run]) => run)).toEqual(names(4));
    for (const [at, [, allowed]] of seen.entries()) expect(allowed).toEqual(names(at + 1));
  });

  it('finds two of them, one after the other', async () => {
    const bus = await busWith(names(12));
    const aside = new Set<string>();
    for (let lives = 0; lives < 12; lives += 1) {
      const { aside: now, alive } = await life(
        bus,
        ['r02', 'r09'].filter((run) => !aside.has(run)),
      );
      for (const run of now) aside.add(run);
      if (alive) break;
    }
    expect([...aside].sort()).toEqual(['r02', 'r09']);
  });

  it('blames nobody for a death long after they were taken up', async () => {
    const bus = await busWith(names(3));
    for (let i = 0; i < MAX_DEATHS + 2; i += 1) {
      const { loaded, aside, isDone } = await life(bus, []);
      expect([loaded.sort(), aside, isDone]).toEqual([names(3), [], true]);
      expect(await bus.logs.keys('tak.*.*')).toEqual([]);
    }
  });

  it('blames nobody for what the same process had written, told or not, before it lost the shard or after', async () => {
    const bus = createMemoryBus();
    const logs = Object.assign(Object.create(bus.logs), {
      append: async (...args: Parameters<typeof bus.logs.append>) => {
        await bus.logs.append(...args);
        throw new TuttiError('broker_unavailable', 'It is stored, and nobody is told');
      },
    });
    const ports = { bus: Object.assign(Object.create(bus), { logs }), ids: systemIds };
    for (let owned = 0; owned < MAX_DEATHS; owned += 1) {
      const suspects = new Suspects(ports, SHARD, 'one');
      for (let tries = 0; tries < MAX_DEATHS; tries += 1) {
        const { rounds, guilty } = await suspects.sort(['only']);
        expect([rounds, guilty]).toEqual([[['only']], []]);
        await expect(suspects.mark(['only'])).rejects.toThrow('nobody is told');
      }
    }
    const other = await new Suspects({ bus, ids: systemIds }, SHARD, 'other').sort(['only', 'more']);
    expect(other.rounds).toEqual([['more'], ['only']]);
  });

  it('writes nothing when the owner before gave the shard back', async () => {
    const bus = await busWith(names(3));
    await life(bus, ['r01'], { isClean: true });
    expect(await bus.logs.keys('tak.*.*')).toEqual([]);
  });
});

describe('an owner that was replaced', () => {
  it('leaves the mark of the next one where it is, and drops its own', async () => {
    const bus = createMemoryBus();
    const suspects = (process: string) => new Suspects({ bus, ids: systemIds }, SHARD, process);
    const [old, next] = [suspects('old'), suspects('next')];
    const marks = async () => (await bus.logs.keys('tak.>')).length;
    await old.mark(['a']);
    await old.cleared(['a']);
    expect(await marks()).toBe(0);
    await old.mark(['a']);
    await next.mark(['a']);
    await old.cleared(['a']);
    expect(await marks()).toBe(1);
    await next.cleared(['a']);
    expect(await marks()).toBe(0);
    await old.mark(['a']);
  });
});
