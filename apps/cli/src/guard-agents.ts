/** What code of agents must not do to the program that runs them: end it, or break it by an error nobody caught. */
import { placeOf, StrayGuard } from '@tutti/agent';
import { TuttiError } from '@tutti/contracts';
import type { Io } from './io.ts';

/**
 * From now on, and as long as the process lives, stray errors of agents fail their steps; `note` is told of each that
 * comes after its step's end.
 */
export function guardAgents(io: Io, note: (text: string) => void): StrayGuard {
  const guard = new StrayGuard();
  io.forbidExit();
  io.onStray((error) => {
    const blamed = guard.blame(error);
    if (blamed?.isLate === true)
      note(`tutti: after the end of step ${blamed.step} of ${blamed.run}: ${blamed.message}`);
    return blamed !== undefined;
  });
  return guard;
}

/** An error that nobody caught and no step could be blamed for: where it comes from an author's file, that is named. */
export function crashOf(error: unknown): unknown {
  const place = placeOf(error);
  if (error instanceof TuttiError || place === undefined) return error;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new TuttiError('agent_failed', `${place}: an error that nobody caught ended the program: ${what}`, {
    cause: error,
  });
}
