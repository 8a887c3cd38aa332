/** A conflict as a person needs it to decide: who wrote what where, by which id, and what can be done. */
import type { Conflict, WorkflowJson } from '@tutti/contracts';
import { oneLine } from '../text/clean.ts';

const MOST_CONFLICTS = 10;
const MOST_CHARS = 120;

function shownValue(value: WorkflowJson | undefined): string {
  if (value === undefined) return 'deleted';
  const text = JSON.stringify(value);
  return text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text;
}

const NEXT_TIME = 'In the file let one of the two wait for the other (depends_on), or write elsewhere.';

/** How to decide a conflict of a run of a cluster; `where`: the options that its commands need to find the cluster. */
export const decidedBy =
  (run: string, where = '') =>
  (open: readonly Conflict[]): readonly string[] => [
    `decide it: tutti resolve ${run} ${open.length === 1 ? open[0]?.id : 'ID'} --take kept|refused${where}   (--value JSON: another value)`,
    NEXT_TIME,
  ];

/** A run of one process is gone when it has ended, and nobody can reach it before. */
export const UNDECIDED = (): readonly string[] => [
  'It ended with this process and stays as it is; in a cluster (--nats) `tutti resolve` decides a conflict.',
  NEXT_TIME,
];

/** Three lines for each that is open and `how` to decide, then a line for each that is decided; none without a conflict. */
export function conflictLines(
  conflicts: readonly Conflict[],
  how: (open: readonly Conflict[]) => readonly string[],
  most = MOST_CONFLICTS,
): readonly string[] {
  const open = conflicts.filter(({ resolved }) => resolved === undefined);
  const decided = conflicts.filter(({ resolved }) => resolved !== undefined);
  return [
    ...listed(open, most, openLines),
    ...(open.length === 0 ? [] : how(open).map(oneLine)),
    ...listed(decided, most, decidedLines),
  ];
}

function listed(all: readonly Conflict[], most: number, lines: (conflict: Conflict) => readonly string[]) {
  const more = all.length > most ? [`and ${all.length - most} more`] : [];
  return [...all.slice(0, most).flatMap(lines), ...more];
}

const openLines = ({ id, path, kept, refused }: Conflict): readonly string[] => [
  oneLine(`conflict ${id.padEnd(5)} ${path}`),
  `  ${oneLine(`stands       ${shownValue(kept.value)}  by ${kept.author}`)}`,
  `  ${oneLine(`refused      ${shownValue(refused.value)}  by ${refused.author}`)}`,
];

function decidedLines({ id, path, resolved }: Conflict): readonly string[] {
  if (resolved === undefined) return [];
  const { take, by, comment } = resolved;
  const what = typeof take === 'string' ? take : shownValue(take.value);
  return [oneLine(`decided ${id.padEnd(6)} ${path}: ${what}, by ${by}${comment === undefined ? '' : `: ${comment}`}`)];
}
