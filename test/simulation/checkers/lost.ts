/**
 * Promise 8, of a broker that does not sync: what it lost of what it had acknowledged comes back from the process that wrote it,
 * if that lives on as its owner, or is told as `log_truncated`. Of runs that lost something for good the other promises hold
 * only as far as their journals go (`marred`).
 */
import type { Appended, Lost } from '@tutti/testkit/simulation';
import { type Checker, type Evidence, when } from './evidence.ts';

type Store = 'wf' | 'ctx';

const runOf = (key: string): string => key.split('.')[2] ?? '';
const isOf = (key: string, stores: readonly Store[]): boolean => stores.some((store) => key.startsWith(`${store}.`));

/** Records that are not in their journal in the end. */
function goneOf({ observations, journals }: Evidence): readonly Lost[] {
  const lost = observations.filter((seen): seen is Lost => seen.kind === 'lost');
  if (lost.length === 0) return [];
  const kept = new Set(journals.flatMap(({ records }) => records.map(({ id }) => id)));
  return lost.filter(({ key, id }) => isOf(key, ['wf', 'ctx']) && !kept.has(id));
}

/** Runs of which a broker has lost records for good, of these stores. */
export const marred = (evidence: Evidence, ...stores: readonly Store[]): ReadonlySet<string> =>
  new Set(goneOf(evidence).flatMap(({ key }) => (isOf(key, stores) ? [runOf(key)] : [])));

/** How long an append may take, ms. */
const ON_ITS_WAY_MS = 2_000;

/** What ends a process, or has it let go of its actors. */
const GIVES_UP = /this node stops its actors/;

export const lostTailsComeBack: Checker = (evidence) => {
  const { observations } = evidence;
  const acknowledged = new Map(
    observations.flatMap((seen) => (seen.kind === 'appended' ? [[seen.id, seen] as const] : [])),
  );
  return goneOf(evidence).flatMap((lost) => {
    const written = acknowledged.get(lost.id);
    if (written === undefined || hasGone(evidence, written, lost)) return [];
    const told = observations.some(
      (seen) => seen.kind === 'log' && seen.error.includes(`The journal ${lost.key} ends`),
    );
    return told ? [] : [`${when(lost.at)}: ${lost.id} of ${lost.key} is lost, though ${written.process} still had it`];
  });
};

/** Whether the writer did not live on as the owner: it ended or gave up, or somebody else went on with the journal. */
const hasGone = ({ observations }: Evidence, { process, key, at: writtenAt }: Appended, { at }: Lost): boolean =>
  observations.some((seen) => {
    // Its last append may land after it gave up: it was on its way.
    if (seen.kind === 'log' && seen.at >= Math.min(writtenAt, at) - ON_ITS_WAY_MS)
      if (seen.process === process && GIVES_UP.test(seen.text)) return true;
    if (seen.at < Math.min(writtenAt, at)) return false;
    if (seen.kind === 'fault') return seen.text.startsWith(`crash ${process}`) || seen.text === `leave ${process}`;
    return seen.kind === 'appended' && seen.at >= at && seen.key === key && seen.process !== process;
  });
