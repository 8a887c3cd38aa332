/** A paused run starts nothing: between its pause and its going on, the pool grants none of its steps a lease. */
import type { Checker } from './evidence.ts';

export const pausedRunsStartNothing: Checker = ({ runs }) =>
  runs.flatMap(({ run, events }) => {
    const wrong: string[] = [];
    let isPaused = false;
    for (const { type, data, seq } of events) {
      if (type === 'run.paused') isPaused = true;
      if (type === 'run.resumed' || type === 'run.cancelling' || type === 'run.finished') isPaused = false;
      if (isPaused && type === 'step.granted')
        wrong.push(`${run}: "${data['step']}" was admitted at ${seq}, in a pause`);
    }
    return wrong;
  });
