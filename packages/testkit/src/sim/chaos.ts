/** Crashes, pauses, cuts and departures of processes, at times that follow from the seed. */
import type { SimCluster } from './cluster.ts';
import { type FaultRates, MOST_LOST_MS, type Weather } from './faults.ts';
import type { ProcessWorld, SimProcess } from './process.ts';
import type { Seeded } from './random.ts';

/** Spans of pauses and cuts, ms: from a hiccup to longer than any lease. */
const PAUSE_MS = { from: 100, to: 7_000 };
const CUT_MS = { from: 100, to: 14_000 };
const SPLIT_MS = { from: 500, to: 12_000 };
const FULL_MS = { from: 200, to: 8_000 };

/** Starts what the rates say; it goes on until `stormy` is false. Pauses and cuts that began end in their time. */
export function startChaos(world: ProcessWorld, cluster: SimCluster, rates: FaultRates, weather: Weather): void {
  const { again, say } = repeater(world, cluster, weather);
  processFaults(world, cluster, rates, { again, say });
  startPowerLosses(world, cluster, rates, { again, say });
  const { time } = world;
  again('split', rates.splitEveryMs, (random) => {
    if (weather.away.size > 0) return;
    const away = cluster.running().filter(() => random.chance(0.5));
    const ms = random.between(SPLIT_MS.from, SPLIT_MS.to);
    say(`split off ${away.map(({ name }) => name).join(' ')} for ${Math.round(ms)} ms`);
    weather.away = new Set(away.map(({ name }) => name));
    time.after(ms, () => {
      say('the split is over');
      weather.away = new Set();
    });
  });
  again('full', rates.fullEveryMs, (random) => {
    if (weather.isFull) return;
    const ms = random.between(FULL_MS.from, FULL_MS.to);
    say(`the disk is full for ${Math.round(ms)} ms`);
    weather.isFull = true;
    time.after(ms, () => {
      say('the disk has room again');
      weather.isFull = false;
    });
  });
}

/** Most that a broker loses of what it had stored, ms, and how long it is away. */
const POWER_DOWN_MS = { from: 50, to: 2_500 };

/** The broker's power: it takes the last records with it, at times those of one store only, at times a process beside it. */
function startPowerLosses(
  { random: seeded }: ProcessWorld,
  cluster: SimCluster,
  rates: FaultRates,
  { again, say }: Repeater,
): void {
  const upTo = (share: number, random: Seeded): number =>
    random.chance(share) ? Math.ceil(random.between(0, MOST_LOST_MS)) : 0;
  const ofBlobs = seeded.fork('chaos/power/blobs');
  again('power', rates.powerEveryMs, (random, process) => {
    const loss = { logsMs: upTo(0.9, random), keyValuesMs: upTo(0.5, random), blobsMs: upTo(0.5, ofBlobs) };
    const downMs = random.between(POWER_DOWN_MS.from, POWER_DOWN_MS.to);
    const isBeside = random.chance(0.4);
    const what = `${loss.logsMs} ms of its logs, ${loss.keyValuesMs} ms of its key-values and ${loss.blobsMs} ms of its blobs`;
    say(`the broker loses its power, and ${what}; it is back in ${Math.round(downMs)} ms`);
    cluster.losePower(loss, downMs);
    if (!isBeside) return;
    say(`crash ${process.name}, which was beside it`);
    cluster.crash(process);
  });
}

type Act = (random: Seeded, process: SimProcess) => void;
interface Repeater {
  /** Does something again and again, with a process that runs, every so many ms in the mean. */
  readonly again: (name: string, everyMs: number, act: Act) => void;
  readonly say: (text: string) => void;
}

function repeater(world: ProcessWorld, cluster: SimCluster, { stormy }: Weather): Repeater {
  const { time, trace } = world;
  const say = (text: string): void => trace.add({ kind: 'fault', at: time.elapsed, text });
  const again: Repeater['again'] = (name, everyMs, act) => {
    if (everyMs <= 0) return;
    const random = world.random.fork(`chaos/${name}`);
    const next = (): void => {
      // Exponential gaps: bursts and long silences both happen.
      time.after(-Math.log(1 - random.next()) * everyMs, () => {
        if (!stormy()) return;
        const running = cluster.running();
        if (running.length > 0) act(random, random.pick(running));
        next();
      });
    };
    next();
  };
  return { again, say };
}

function processFaults({ time }: ProcessWorld, cluster: SimCluster, rates: FaultRates, { again, say }: Repeater): void {
  again('crash', rates.crashEveryMs, (_, process) => {
    say(`crash ${process.name}`);
    cluster.crash(process);
  });
  again('pause', rates.pauseEveryMs, (random, process) => {
    const ms = random.between(PAUSE_MS.from, PAUSE_MS.to);
    say(`pause ${process.name} for ${Math.round(ms)} ms`);
    process.pause();
    time.after(ms, () => {
      say(`resume ${process.name}`);
      process.resume();
    });
  });
  again('cut', rates.cutEveryMs, (random, process) => {
    const ms = random.between(CUT_MS.from, CUT_MS.to);
    say(`cut off ${process.name} for ${Math.round(ms)} ms`);
    process.connection.disconnect();
    time.after(ms, () => {
      say(`reconnect ${process.name}`);
      process.connection.reconnect();
    });
  });
  again('leave', rates.leaveEveryMs, (_, process) => {
    say(`leave ${process.name}`);
    cluster.leave(process);
  });
}
