/** A conflict as a person needs it to decide: who wrote what where, and what can be done. */
import type { Conflict, WorkflowJson } from '@tutti/contracts';
import { oneLine } from '../text/clean.ts';

const MOST_CONFLICTS = 10;
const MOST_CHARS = 120;

function shownValue(value: WorkflowJson | undefined): string {
  if (value === undefined) return 'deleted';
  const text = JSON.stringify(value);
  return text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text;
}

/** Three lines a conflict and one on what to do; none without a conflict. */
export function conflictLines(conflicts: readonly Conflict[]): readonly string[] {
  if (conflicts.length === 0) return [];
  const told = conflicts
    .slice(0, MOST_CONFLICTS)
    .flatMap(({ path, kept, refused }) => [
      oneLine(`conflict       ${path}`),
      `  ${oneLine(`stands       ${shownValue(kept.value)}  by ${kept.author}`)}`,
      `  ${oneLine(`refused      ${shownValue(refused.value)}  by ${refused.author}`)}`,
    ]);
  const more = conflicts.length > MOST_CONFLICTS ? [`and ${conflicts.length - MOST_CONFLICTS} more`] : [];
  const advice =
    'Decide which value holds; in the file let one of the two wait for the other (depends_on), or write elsewhere.';
  return [...told, ...more, advice];
}
