import type { Plan } from '@tutti/contracts';
import type { Problem } from '../schedule/problem.ts';

/** The most that is used of each resource at one moment. Ends come before starts: what ends makes room. */
export function peakUse(
  { durations, demands }: Problem,
  starts: Float64Array,
): { readonly peak: Plan['peak']; readonly others: readonly number[] } {
  const events: { readonly at: number; readonly node: number; readonly sign: 1 | -1 }[] = [];
  starts.forEach((at, node) => {
    const duration = durations[node] ?? 0;
    if (duration > 0) events.push({ at, node, sign: 1 }, { at: at + duration, node, sign: -1 });
  });
  events.sort((a, b) => a.at - b.at || a.sign - b.sign);
  const used = demands.map(() => 0);
  const peak = demands.map(() => 0);
  for (const { node, sign } of events) {
    demands.forEach((column, resource) => {
      used[resource] = (used[resource] ?? 0) + sign * (column[node] ?? 0);
      peak[resource] = Math.max(peak[resource] ?? 0, used[resource] ?? 0);
    });
  }
  const [cpu = 0, memory = 0, agents = 0, ...others] = peak;
  return { peak: { cpu, memory, agents }, others };
}
