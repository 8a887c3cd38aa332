/** What a reader needs of the call that its agent got. */
export interface Work {
  readonly signal: AbortSignal;
  readonly progress: (fraction: number, note?: string) => void;
}

/** A path as text for a report. Bytes that are no UTF-8 show as U+FFFD; the file itself is opened by its bytes. */
export const shown = (path: Buffer | string): string => (typeof path === 'string' ? path : path.toString('utf8'));

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Adds to a count that is kept by name. A Map, so that a file called `__proto__` is a name like any other. */
export function addTo(counts: Map<string, number>, name: string, amount = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + amount);
}

/** The `limit` largest counts, largest first, equal ones by name. */
export function largest(counts: ReadonlyMap<string, number>, limit: number): { name: string; count: number }[] {
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, limit);
}
