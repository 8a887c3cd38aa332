import { z } from 'zod';
import { gitRecords, gitText } from '../git/git.adapter.ts';
import type { Repository } from '../git/repository.ts';
import { addTo, largest, shown, type Work } from './call.ts';

const count = z.number().int().nonnegative();
/** Hot spots are about how people work now, and the diff of each commit costs: the newest commits are enough. */
export const HOT_SPOT_COMMITS = 10_000;
/** More paths than this and the rarely changed ones are forgotten, to bound the memory; the report then says so. */
const MAX_PATHS = 200_000;
const TOP_AUTHORS = 20;
const TOP_FILES = 20;

export const historyOutput = z.object({
  totals: z.object({
    /** `git rev-list --count HEAD`; 0 when there is no commit. */
    commits: count,
    /** Different author names after the mailmap: `git shortlog -sn HEAD | wc -l`. */
    authors: count,
    /** The fewest authors who together made more than half of the commits. */
    bus_factor: count,
    shallow: z.boolean(),
  }),
  /** Committer dates, ISO 8601; absent when there is no commit. */
  period: z.object({ first: z.string(), last: z.string() }).optional(),
  by_year: z.array(z.object({ year: z.string(), commits: count })),
  top_authors: z.array(z.object({ name: z.string(), commits: count, share: z.number() })),
  hot_spots: z.object({
    commits: count,
    exact: z.boolean(),
    files: z.array(z.object({ path: z.string(), changes: count, tracked: z.boolean() })),
  }),
});
export type HistoryOutput = z.infer<typeof historyOutput>;

const NOTHING: Omit<HistoryOutput, 'totals'> = {
  by_year: [],
  top_authors: [],
  hot_spots: { commits: 0, exact: true, files: [] },
};

/** Reads who committed when, and which files change most. */
export async function readHistory(repository: Repository, work: Work): Promise<HistoryOutput> {
  const { head, shallow } = repository;
  if (head === undefined) return { totals: { commits: 0, authors: 0, bus_factor: 0, shallow }, ...NOTHING };
  work.progress(0, 'counting commits');
  const commits = Number(await gitText(repository.root, ['rev-list', '--count', head], work.signal));
  const { authors, years, first, last } = await readCommits(repository, head, commits, work);
  const hotSpots = await readHotSpots(repository, head, Math.min(commits, HOT_SPOT_COMMITS), work);
  return {
    totals: { commits, authors: authors.size, bus_factor: busFactor(authors, commits), shallow },
    period: { first, last },
    by_year: [...years].map(([year, made]) => ({ year, commits: made })).sort((a, b) => (a.year < b.year ? -1 : 1)),
    top_authors: largest(authors, TOP_AUTHORS).map(({ name, count: made }) => {
      return { name, commits: made, share: Math.round((1000 * made) / commits) / 1000 };
    }),
    hot_spots: hotSpots,
  };
}

async function readCommits(repository: Repository, head: string, commits: number, work: Work) {
  const authors = new Map<string, number>();
  const years = new Map<string, number>();
  let first = { at: Number.POSITIVE_INFINITY, date: '' };
  let last = { at: Number.NEGATIVE_INFINITY, date: '' };
  let seen = 0;
  const args = ['log', '-z', '--no-show-signature', '--format=%ct %cI %aN', head];
  for await (const record of gitRecords(repository.root, args, { signal: work.signal })) {
    const [seconds = '', date = '', ...name] = shown(record).split(' ');
    const at = Number(seconds);
    addTo(authors, name.join(' '));
    addTo(years, date.slice(0, 4));
    if (at < first.at) first = { at, date };
    if (at > last.at) last = { at, date };
    seen += 1;
    if (seen % 2000 === 0) work.progress((0.4 * seen) / commits, `read ${seen} of ${commits} commits`);
  }
  return { authors, years, first: first.date, last: last.date };
}

async function readHotSpots(repository: Repository, head: string, commits: number, work: Work) {
  work.progress(0.4, `changes of the newest ${commits} commits`);
  const changes = new Map<string, number>();
  let exact = true;
  const args = [
    'log',
    '-z',
    `-n${HOT_SPOT_COMMITS}`,
    '--format=',
    '--name-only',
    '--no-renames',
    '--no-ext-diff',
    head,
  ];
  for await (const path of gitRecords(repository.root, args, { signal: work.signal })) {
    addTo(changes, shown(path));
    if (changes.size > MAX_PATHS) exact = !forgetRare(changes) && exact;
  }
  const top = largest(changes, TOP_FILES);
  const tracked = await trackedAmong(
    repository,
    top.map(({ name }) => name),
    work.signal,
  );
  const files = top.map(({ name, count: made }) => ({ path: name, changes: made, tracked: tracked.has(name) }));
  return { commits, exact, files };
}

function forgetRare(changes: Map<string, number>): true {
  for (const [path, made] of changes) if (made === 1) changes.delete(path);
  // Every path changed twice and more, and still too many: let the oldest half go.
  for (const path of changes.size > MAX_PATHS / 2 ? [...changes.keys()].slice(MAX_PATHS / 2) : []) changes.delete(path);
  return true;
}

async function trackedAmong(repository: Repository, paths: readonly string[], signal: AbortSignal) {
  const found = new Set<string>();
  if (paths.length === 0) return found;
  const args = ['--literal-pathspecs', 'ls-files', '-z', '--', ...paths];
  for await (const path of gitRecords(repository.root, args, { signal })) found.add(shown(path));
  return found;
}

/** The fewest authors who together made more than half of the commits. */
export function busFactor(authors: ReadonlyMap<string, number>, commits: number): number {
  let covered = 0;
  let needed = 0;
  for (const { count: made } of largest(authors, authors.size)) {
    covered += made;
    needed += 1;
    if (covered * 2 > commits) break;
  }
  return needed;
}
