/** Promise 2: an outcome is recorded once for each step and generation, and a run has one end. */
import type { Checker } from './evidence.ts';

export const outcomesAreRecordedOnce: Checker = ({ runs }) => {
  const wrong: string[] = [];
  for (const { run, events } of runs) {
    const succeeded = new Set<unknown>();
    for (const { type, data, seq } of events) {
      const { step } = data;
      if (type === 'step.succeeded' && succeeded.has(step)) wrong.push(`${run}: "${step}" succeeded again at ${seq}`);
      if (type === 'step.succeeded') succeeded.add(step);
      const isUndone = type === 'step.failed' || type === 'step.cancelled' || type === 'step.skipped';
      if (isUndone && succeeded.has(step)) wrong.push(`${run}: ${type} of "${step}" at ${seq}, after it succeeded`);
    }
    const ends = events.filter(({ type }) => type === 'run.finished').length;
    if (ends > 1) wrong.push(`${run} has ${ends} ends`);
  }
  return wrong;
};
