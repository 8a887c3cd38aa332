/** Time in which a run stood still on purpose: it was paused or waited for somebody's answer, and had nothing else to do. */
import type { StepRow } from './step-row.ts';
import type { Phase } from './stretches.ts';

/** How many steps keep the run busy, how many wait for somebody, and for how long it has stood still until now. */
export interface Standing {
  busy: number;
  asking: number;
  ms: number;
}

/** With any step in one of these the run is at work, or could be with more room, instances or luck. */
const BUSY: ReadonlySet<Phase> = new Set<Phase>(['running', 'pool', 'instance', 'backoff', 'recovery']);

export const newStanding = (): Standing => ({ busy: 0, asking: 0, ms: 0 });

/** A step goes from one phase to another; undefined before it was heard of. */
export function moved(standing: Standing, from: StepRow | undefined, to: StepRow): void {
  const count = (row: StepRow | undefined, by: number): void => {
    if (row === undefined) return;
    if (BUSY.has(row.phase)) standing.busy += by;
    if (row.phase === 'person') standing.asking += by;
  };
  count(from, -1);
  count(to, 1);
}

/** Time went by with everything as it is. */
export function passed(standing: Standing, isPaused: boolean, ms: number): void {
  if (standing.busy === 0 && (isPaused || standing.asking > 0)) standing.ms += Math.max(0, ms);
}
