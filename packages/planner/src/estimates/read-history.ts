/** A history as text: JSON lines of events, as `tutti events --output json` prints them. */
import { checkEvent, TuttiError } from '@tutti/contracts';
import { z } from 'zod';
import type { FinishedStep } from './history.ts';

/** What is read of an event of a step that succeeded; a recorder that knows the size of the input adds it. */
const succeeded = z.object({
  step: z.string(),
  agent: z.string(),
  durationMs: z.number().nonnegative(),
  inputBytes: z.number().nonnegative().optional(),
  cached: z.literal(true).optional(),
});

/**
 * The finished steps of a text of events; other events are passed over, for a history is what was recorded anyhow. So is a step
 * that came from a cache: it says nothing of what the work takes. Throws `bad_file` with the line that is no event.
 */
export function readHistory(text: string, { file }: { readonly file: string }): FinishedStep[] {
  return text.split('\n').flatMap((line, at): FinishedStep[] => {
    if (line.trim() === '') return [];
    const event = eventOf(line, `${file}:${at + 1}`);
    if (event.type !== 'step.succeeded') return [];
    const { inputBytes, cached, ...finished } = succeeded.parse(event.data);
    if (cached === true) return [];
    return [inputBytes === undefined ? finished : { ...finished, inputBytes }];
  });
}

function eventOf(line: string, place: string): { readonly type: string; readonly data: unknown } {
  const hint = 'a history is what "tutti events RUN --output json" prints';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new TuttiError('bad_file', `${place}: not JSON; ${hint}`, { details: { place }, cause: error });
  }
  const flaw = checkEvent(value);
  if (flaw !== undefined)
    throw new TuttiError('bad_file', `${place}: no event; ${hint}: ${flaw}`, { details: { place } });
  return value as { type: string; data: unknown };
}
