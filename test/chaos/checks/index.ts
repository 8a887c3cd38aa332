/** Every promise's checkers under the names of the report. Those that can be are the simulation's own. */
import { CHECKERS } from '../../simulation/checkers/index.ts';
import { acknowledgedIsStored, asObservations, committedWasGiven } from './commits.ts';
import type { Check, Facts } from './facts.ts';
import { poolIsKept } from './limits.ts';
import { finishedStaysFinished } from './reruns.ts';

const simulated = (name: string): Check => {
  const check = CHECKERS[name];
  if (check === undefined) throw new Error(`the simulation has no checker "${name}"`);
  return check;
};

const writes = simulated('noWriteIsLost');

/** The counts that must be 0, each with what finds it. */
export const CHECKS: Readonly<Record<string, readonly Check[]>> = {
  runsLost: [simulated('everyRunEnds')],
  outcomesDoubled: [simulated('outcomesAreRecordedOnce'), finishedStaysFinished],
  writesLost: [
    acknowledgedIsStored,
    committedWasGiven,
    (facts) => writes({ ...facts, observations: asObservations(facts) }),
  ],
  limitsExceeded: [poolIsKept],
  slotsLeaked: [simulated('nothingLeaks')],
  journalsTorn: [simulated('journalsHaveOneWriter'), simulated('sequencesHaveNoGaps')],
  gapsWrong: [simulated('gapsAreFilled')],
  defects: [simulated('nothingThrows'), ({ falls }: Facts) => falls],
};
