/** What shows a run: takes events as they come, and what else is to be said. */
import type { TuttiEvent } from '@tutti/contracts';

export const OUTPUTS = ['auto', 'tui', 'plain', 'json', 'quiet'] as const;
export type Output = (typeof OUTPUTS)[number];
/** An output with `auto` decided. */
export type ShownOutput = Exclude<Output, 'auto'>;

export interface Renderer {
  event(event: TuttiEvent): void;
  /** A diagnostic, to standard error: never between the lines of a board. */
  note(text: string): void;
  /** Restores the terminal without a word; for an end by force. */
  restore(): void;
  /** Ends the drawing; shows the summary when the run has ended. `hints` are said after it. */
  finish(hints?: readonly string[]): void;
}
