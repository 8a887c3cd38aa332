/** Promise 2: an outcome is recorded once for each step and generation, and a run has one end. */
import type { Checker } from './evidence.ts';

export const outcomesAreRecordedOnce: Checker = ({ runs }) => {
  const wrong: string[] = [];
  for (const { run, events } of runs) {
    const succeeded = new Set<unknown>();
    for (const { type, data, seq } of events) {
      const { step } = data;
      // Once in each life of the run: what is retried is done again on purpose.
      if (type === 'run.retried') for (const id of data['steps'] as string[]) succeeded.delete(id);
      if (type === 'step.succeeded' && succeeded.has(step)) wrong.push(`${run}: "${step}" succeeded again at ${seq}`);
      if (type === 'step.succeeded') succeeded.add(step);
      const isUndone = type === 'step.failed' || type === 'step.cancelled' || type === 'step.skipped';
      if (isUndone && succeeded.has(step)) wrong.push(`${run}: ${type} of "${step}" at ${seq}, after it succeeded`);
    }
    // A conflict that is decided after the end has that told again, right after it.
    const ends = events.filter(({ type }, i) => type === 'run.finished' && events[i - 1]?.type !== 'conflict.resolved');
    const lives = 1 + events.filter(({ type }) => type === 'run.retried').length;
    if (ends.length > lives) wrong.push(`${run} has ${ends.length} ends`);
  }
  return wrong;
};
