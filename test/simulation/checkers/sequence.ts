/**
 * Recorded events are numbered from 1 with no gap. A watcher is given none twice and none out of order, and in the end
 * knows them all. A number may come again with another event: the owner before told of what it had not yet journaled.
 */
import { FLEETING, type TuttiEvent } from '@tutti/contracts';
import type { Checker, Evidence } from './evidence.ts';
import { marred } from './lost.ts';

export const sequencesHaveNoGaps: Checker = (evidence) => {
  // A watcher may have been told the end of a run that was then lost with it.
  const lost = marred(evidence, 'wf');
  return [
    ...evidence.runs.flatMap(({ run, events }) => gapsOf(run, events)),
    ...evidence.runs
      .filter(({ run }) => !lost.has(run))
      .flatMap(({ run, events }) =>
        [...watchesOf(evidence, run)].flatMap(([from, given]) => watchOf(run, from, events, given)),
      ),
  ];
};

/** What each watch of a run was given: one that failed is followed by another, from the number after its last. */
function watchesOf({ observations }: Evidence, run: string): ReadonlyMap<number, readonly TuttiEvent[]> {
  const watches = new Map<number, TuttiEvent[]>();
  for (const seen of observations) {
    if (seen.kind !== 'watched' || seen.run !== run || FLEETING.has(seen.event.type)) continue;
    watches.set(seen.from, [...(watches.get(seen.from) ?? []), seen.event]);
  }
  return watches;
}

const gapsOf = (run: string, events: readonly TuttiEvent[]): readonly string[] =>
  events.flatMap(({ seq, type }, i) =>
    seq === i + 1 ? [] : [`${run}: the recorded event ${i + 1} (${type}) has the number ${seq}`],
  );

function watchOf(
  run: string,
  from: number,
  recorded: readonly TuttiEvent[],
  events: readonly TuttiEvent[],
): readonly string[] {
  const wrong: string[] = [];
  const all = new Set<string>();
  const known = new Map<number, string>();
  let last = 0;
  for (const event of events) {
    const { seq = 0, type } = event;
    const text = JSON.stringify(event);
    if (all.has(text)) wrong.push(`a watcher of ${run} got ${type} ${seq} twice`);
    if (seq <= last && !known.has(seq)) wrong.push(`a watcher of ${run} got ${type} ${seq} after ${last}`);
    all.add(text);
    known.set(seq, text);
    last = seq;
  }
  // Only a watch that came to an end was promised everything up to there.
  if (events.at(-1)?.type !== 'run.finished') return wrong;
  for (const event of recorded) {
    const { seq = 0, type } = event;
    // What a retry added after that end is for a later watch.
    if (seq >= from && seq <= last && known.get(seq) !== JSON.stringify(event))
      wrong.push(`a watcher of ${run} never learned of ${type} ${seq}`);
  }
  return wrong;
}
