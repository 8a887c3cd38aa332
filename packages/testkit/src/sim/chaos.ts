/** Crashes, pauses, cuts and departures of processes, at times that follow from the seed. */
import type { SimCluster } from './cluster.ts';
import type { FaultRates } from './faults.ts';
import type { ProcessWorld, SimProcess } from './process.ts';
import type { Seeded } from './random.ts';

/** Spans of pauses and cuts, ms: from a hiccup to longer than any lease. */
const PAUSE_MS = { from: 100, to: 7_000 };
const CUT_MS = { from: 100, to: 14_000 };

/** Starts what the rates say; it goes on until `stormy` is false. Pauses and cuts that began end in their time. */
export function startChaos(world: ProcessWorld, cluster: SimCluster, rates: FaultRates, stormy: () => boolean): void {
  const { time, trace } = world;
  const say = (text: string): void => trace.add({ kind: 'fault', at: time.elapsed, text });
  const again = (name: string, everyMs: number, act: (random: Seeded, process: SimProcess) => void): void => {
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
