/** Every promise's checker, by name. */
import { answersCountOnce } from './answers.ts';
import { barrierDecidesOnce } from './barrier.ts';
import { nothingThrows } from './defects.ts';
import { everyRunEnds } from './ends.ts';
import { staleEpochsAreRefused } from './epochs.ts';
import type { Checker } from './evidence.ts';
import { gapsAreFilled } from './gaps.ts';
import { nothingLeaks } from './leaks.ts';
import { outcomesAreRecordedOnce } from './once.ts';
import { journalsHaveOneWriter } from './owners.ts';
import { pausedRunsStartNothing } from './paused.ts';
import { poolIsNeverExceeded } from './pool.ts';
import { sequencesHaveNoGaps } from './sequence.ts';
import { nobodyWorksInVain } from './vain.ts';
import { noWriteIsLost } from './writes.ts';

export const CHECKERS: Readonly<Record<string, Checker>> = {
  everyRunEnds,
  poolIsNeverExceeded,
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
  pausedRunsStartNothing,
  answersCountOnce,
};

export { contextOf, type Evidence, gather } from './evidence.ts';
