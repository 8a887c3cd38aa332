/**
 * Recorded events are numbered from 1 with no gap; a watcher gets each once, in order. Only `run.recovered` may take a
 * number again: its predecessor may have told of what it had not yet journaled.
 */

import { FLEETING } from '@tutti/contracts';
import type { Checker } from './evidence.ts';

export const sequencesHaveNoGaps: Checker = ({ observations, runs }) => {
  const wrong: string[] = [];
  const next = new Map<string, number>();
  for (const seen of observations) {
    if (seen.kind !== 'watched' || FLEETING.has(seen.event.type)) continue;
    const { run, event } = seen;
    const expected = next.get(run) ?? 1;
    const seq = event.seq ?? 0;
    const isRenumbered = event.type === 'run.recovered' && seq < expected;
    if (seq !== expected && !isRenumbered)
      wrong.push(`a watcher of ${run} got ${event.type} as ${seq} instead of ${expected}`);
    next.set(run, seq + 1);
  }
  for (const { run, events } of runs) {
    for (const [i, { seq, type }] of events.entries()) {
      if (seq !== i + 1) wrong.push(`${run}: the recorded event ${i + 1} (${type}) has the number ${seq}`);
    }
  }
  return wrong;
};
