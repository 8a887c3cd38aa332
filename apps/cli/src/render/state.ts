/** How a run stands, in a word or a few. */
import type { RunRow } from '@tutti/contracts';

export type Standing = Pick<RunRow, 'outcome' | 'phase' | 'paused'>;

/** The word of a table: the outcome once there is one. */
export const stateWord = ({ outcome, phase, paused }: Standing): string =>
  outcome ?? (paused === undefined ? phase : 'paused');

/** The word with who paused the run, since when and why. */
export function stateOf(standing: Standing): string {
  const word = stateWord(standing);
  const { paused } = standing;
  if (paused === undefined || word !== 'paused') return word;
  const since = new Date(paused.sinceMs).toISOString();
  return `paused by ${paused.by} since ${since}${paused.reason === undefined ? '' : `: ${paused.reason}`}`;
}
