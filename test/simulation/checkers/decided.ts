/** What people decided about conflicts, as the context stores answered it: how their journals are replayed says nothing here. */
import type { Conflict, ContextWrite, Resolution } from '@tutti/contracts';
import type { Evidence } from './evidence.ts';

export interface Decided {
  readonly run: string;
  readonly conflict: Conflict;
  readonly resolved: Resolution;
  /** The newest version that the person said to have seen; below 0: he saw but the record of the conflict. */
  readonly over: number;
}

/** Each decision that was stored, once: as it was answered first. */
export function decidedIn({ observations }: Pick<Evidence, 'observations'>): readonly Decided[] {
  const conflicts = conflictsTold({ observations });
  const decided = new Map<string, Decided>();
  for (const seen of observations) {
    if (seen.kind !== 'answered' || seen.request?.type !== 'context.resolve') continue;
    if (seen.message.type !== 'context.resolved') continue;
    const { run, conflict: id, over = -1, by, take } = seen.request;
    const { resolved } = seen.message;
    const conflict = conflicts.get(run)?.find((each) => each.id === id);
    // Whoever was not first is answered too, and his version says nothing of the decision that holds.
    const isFirst = resolved.by === by && JSON.stringify(resolved.take) === JSON.stringify(take);
    const key = `${run}/${id}`;
    if (conflict !== undefined && isFirst && !decided.has(key)) decided.set(key, { run, conflict, resolved, over });
  }
  return [...decided.values()];
}

/** The conflicts of each run, as writers and owners were told of them. */
export function conflictsTold({
  observations,
}: Pick<Evidence, 'observations'>): ReadonlyMap<string, readonly Conflict[]> {
  const told = new Map<string, Map<string, Conflict>>();
  const take = (run: string, conflicts: readonly Conflict[]): void => {
    const known = told.get(run) ?? new Map<string, Conflict>();
    for (const conflict of conflicts) known.set(conflict.id, known.get(conflict.id) ?? conflict);
    told.set(run, known);
  };
  for (const seen of observations) {
    if (seen.kind !== 'answered' || seen.request === undefined || !('run' in seen.request)) continue;
    const { run } = seen.request;
    if (seen.message.type === 'context.committed') take(run, seen.message.conflicts);
    else if (seen.message.type === 'context.opened')
      for (const { conflicts } of seen.message.commits ?? []) take(run, conflicts);
  }
  return new Map([...told].map(([run, known]) => [run, [...known.values()]]));
}
/** What the decision wrote; undefined where what stood there stays. */
export function writeOf({ conflict: { path, refused }, resolved: { take } }: Decided): ContextWrite | undefined {
  if (take === 'kept') return undefined;
  const value = take === 'refused' ? refused.value : take.value;
  return value === undefined ? { op: 'delete', path } : { op: 'set', path, value };
}
