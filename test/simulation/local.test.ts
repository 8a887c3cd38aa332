import { it } from 'vitest';
import { checkSeed } from './check-seed.ts';

/** Those that need to see every message are of no use here. */
const WITHOUT_MESSAGES = [
  'everyRunEnds',
  'nothingLeaks',
  'outcomesAreRecordedOnce',
  'journalsHaveOneWriter',
  'sequencesHaveNoGaps',
  'nothingThrows',
];

const SEEDS = [1_001, 1_002, 1_003, 1_004, 1_005, 1_006, 1_007, 1_008, 1_009, 1_010];

it('the promises hold too when messages between actors of one node skip the bus', async () => {
  for (const seed of SEEDS) await checkSeed({ seed, skipSocket: true }, WITHOUT_MESSAGES);
});
