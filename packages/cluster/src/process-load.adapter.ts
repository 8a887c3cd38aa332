/** What this process takes of its machine. */
import { totalmem } from 'node:os';
import type { Body } from '@tutti/contracts';

export type Load = NonNullable<Body<'agent.beat'>['load']>;

/** Over a shorter time the share of a core says nothing, ms; beats may come 20 times a second. */
const LEAST_MS = 500;

const rounded = (value: number): number => Math.round(Math.max(0, value) * 1_000) / 1_000;

/** Of a container its limit, where it has one. */
function memoryThereIs(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** A look at it, to be repeated: `cpu` since the look before. */
export function watchLoad(): () => Load {
  const all = memoryThereIs();
  let [since, sinceMs] = [process.cpuUsage(), performance.now()];
  let cpu = 0;
  return () => {
    const nowMs = performance.now();
    if (nowMs - sinceMs >= LEAST_MS) {
      const used = process.cpuUsage(since);
      cpu = (used.user + used.system) / 1_000 / (nowMs - sinceMs);
      [since, sinceMs] = [process.cpuUsage(), nowMs];
    }
    return { cpu: rounded(cpu), memory: rounded(process.memoryUsage.rss() / all) };
  };
}
