/** Every promise's checker, by name. */
import { answersFollowAppends } from './answers.ts';
import { answersCountOnce } from './approvals.ts';
import { barrierDecidesOnce } from './barrier.ts';
import { commitsAreMadeOnce } from './commits.ts';
import { barriersKeepTheirTime } from './deadlines.ts';
import { conflictsAreDecidedOnce } from './decisions.ts';
import { nothingThrows } from './defects.ts';
import { everyRunEnds } from './ends.ts';
import { staleEpochsAreRefused } from './epochs.ts';
import type { Checker } from './evidence.ts';
import { gapsAreFilled } from './gaps.ts';
import { nothingLeaks } from './leaks.ts';
import { leasesAreNotStolen } from './leases.ts';
import { workFitsThePool } from './load.ts';
import { lostTailsComeBack } from './lost.ts';
import { outcomesAreRecordedOnce } from './once.ts';
import { oldOrdersAreRefused } from './orders.ts';
import { journalsHaveOneWriter } from './owners.ts';
import { pausedRunsStartNothing } from './paused.ts';
import { poolIsNeverExceeded } from './pool.ts';
import { recordedMeansKept } from './recorded.ts';
import { sequencesHaveNoGaps } from './sequence.ts';
import { snapshotsAreWhole } from './snapshots.ts';
import { fallbacksTakeTurns } from './turns.ts';
import { nobodyWorksInVain } from './vain.ts';
import { validationsEndOnce } from './validations.ts';
import { waitsAreExplained } from './waits.ts';
import { noWriteIsLost } from './writes.ts';

export const CHECKERS: Readonly<Record<string, Checker>> = {
  everyRunEnds,
  poolIsNeverExceeded,
  workFitsThePool,
  nothingLeaks,
  barrierDecidesOnce,
  noWriteIsLost,
  outcomesAreRecordedOnce,
  staleEpochsAreRefused,
  journalsHaveOneWriter,
  sequencesHaveNoGaps,
  nothingThrows,
  gapsAreFilled,
  nobodyWorksInVain,
  oldOrdersAreRefused,
  commitsAreMadeOnce,
  leasesAreNotStolen,
  barriersKeepTheirTime,
  recordedMeansKept,
  snapshotsAreWhole,
  answersFollowAppends,
  pausedRunsStartNothing,
  answersCountOnce,
  conflictsAreDecidedOnce,
  validationsEndOnce,
  lostTailsComeBack,
  waitsAreExplained,
  fallbacksTakeTurns,
};

export { contextOf, type Evidence, gather, journalsIn } from './evidence.ts';
export { marred } from './lost.ts';
