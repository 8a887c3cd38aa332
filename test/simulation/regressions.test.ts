import { expect, it } from 'vitest';
import { checkSeed } from './check-seed.ts';

/**
 * Seeds that found a defect, with what it was. A change of the simulation gives a seed another meaning, so each defect is
 * also held by a test beside the code that it was in; these stay because what broke once is a good place to look.
 */
const FOUND: readonly (readonly [seed: number, what: string])[] = [
  [6, 'an instance stayed busy for ever once its attempt ended at another node (registry)'],
  [12, 'a node that was replaced took a run back from its new owner, under its old epoch (kernel host)'],
  [24, 'a pause that ended while its run was being recovered was the last thing that happened to it (retry)'],
  [47, 'a watcher was given a change of owner twice, and with it what came after (client cursor)'],
  [56, 'a shard stayed with a node that had stopped it, for nobody cleared its name (ownership)'],
  [64, 'a run was not taken up when its shard could not be listed once (recovery)'],
  [86, 'a watcher never learned of an event whose number had been another before (client cursor)'],
  [96, 'a placement began to wait anew at each beat of an instance that did not answer (dispatcher)'],
  [176, 'a group was aborted, and its run stood still, because an arrival was lost (group)'],
  [648, 'a lease was taken back as soon as it was granted, for its holder had waited in silence (resources)'],
  [250, 'an event that contradicted another was forgotten when the journal had neither yet (client cursor)'],
  [158, 'the context of a run that failed before its first commit was lost with its store (api)'],
  [406, 'a pool that had been paused granted what its successor had granted (kernel host, ownership)'],
  [606, 'an answer was committed before it was in the journal, by a sync that waits for nothing (run machine)'],
  [1202, 'a watcher that had seen what its owner then lost waited for ever (client cursor)'],
  [909, 'a new pool granted what a run had given back in a record that was never written (opening)'],
  [488_631_044, 'of two instances that had begun one attempt the second could not be stopped (agent process)'],
  [
    7_340_660,
    'a run lay aside as deadly though nobody had died: its owner was not told that its mark was stored (suspects)',
  ],
  [59, "an agent that was cut off worked on while its lease was another's (run)"],
  [185, 'an order to pause that came twice was taken twice, the second time after the run had gone on (api)'],
  [82, 'the owner of a run that had ended wrote its first record without taking over (kernel actor)'],
  [1617, 'the outcome of a run that still kept a lease was told before it was stored (run machine, kernel actor)'],
];

for (const [seed, what] of FOUND) {
  it(`seed ${seed}: ${what}`, async () => {
    const { converged } = await checkSeed({ seed });
    expect(converged).toBe(true);
  });
}
