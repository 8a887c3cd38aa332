/**
 * A conflict is decided once: by the decision that is recorded, which is the one that the context holds, and nobody else was told
 * that his counts. And a run whose conflicts are all decided has not ended for them.
 */
import type { Conflict, Resolution } from '@tutti/contracts';
import { type Checker, contextOf, type Evidence } from './evidence.ts';
import { marred } from './lost.ts';

export const conflictsAreDecidedOnce: Checker = (evidence) => {
  const lost = marred(evidence, 'wf', 'ctx');
  return evidence.runs.filter(({ run }) => !lost.has(run)).flatMap((end) => wrongOf(evidence, end));
};

function wrongOf(evidence: Evidence, { run, view, events }: Evidence['runs'][number]): readonly string[] {
  const wrong: string[] = [];
  const told = new Map<unknown, Record<string, unknown>>();
  for (const { type, data, seq } of events) {
    if (type !== 'conflict.resolved') continue;
    if (told.has(data['id'])) wrong.push(`${run}: conflict ${data['id']} was decided again at ${seq}`);
    told.set(data['id'], data);
  }
  const stored = (contextOf(evidence, run)?.conflicts ?? []) as readonly Conflict[];
  for (const { id, resolved } of view?.conflicts ?? []) {
    const holds = stored.find((each) => each.id === id)?.resolved;
    if (textOf(holds) !== textOf(resolved))
      wrong.push(`${run}: conflict ${id}: the run says ${textOf(resolved)}, its context ${textOf(holds)}`);
    if ((resolved === undefined) === told.has(id))
      wrong.push(`${run}: conflict ${id} is decided and not told, or told and open`);
    if (resolved === undefined) continue;
    const side = sideOf(resolved);
    for (const given of countedIn(evidence, run, id))
      if (given !== side) wrong.push(`${run}: ${given} was told to count for ${id}, as ${side} does`);
  }
  const isOpen = view?.conflicts.some(({ resolved }) => resolved === undefined);
  if (view?.outcome === 'conflicted' && isOpen === false) wrong.push(`${run} is conflicted, and all is decided`);
  if ((view?.outcome === 'succeeded' || view?.outcome === 'partial') && isOpen === true)
    wrong.push(`${run} is ${view.outcome} with an open conflict`);
  return wrong;
}

const textOf = (resolved: Resolution | undefined): string =>
  resolved === undefined ? 'open' : JSON.stringify(sorted(resolved));
const sorted = ({ take, by, atMs, comment, version }: Resolution) => ({ take, by, atMs, comment, version });
const sideOf = ({ by, take }: Pick<Resolution, 'by' | 'take'>): string => `${by} (${JSON.stringify(take)})`;

/** Whoever got the state of the run for his decision. */
function countedIn({ observations }: Evidence, run: string, id: string): ReadonlySet<string> {
  const given = new Set<string>();
  for (const seen of observations) {
    if (seen.kind !== 'answered' || seen.request?.type !== 'run.resolve' || seen.message.type !== 'run.state') continue;
    if (seen.request.run === run && seen.request.conflict === id) given.add(sideOf(seen.request));
  }
  return given;
}
