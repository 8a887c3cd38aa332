/** Calls about one run, with its id in the words of a refusal. */
import { TuttiError } from '@tutti/contracts';

/** Whatever says that a run is not known says it by its name, not by a subject of the wire. */
export async function knownRun<T>(run: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof TuttiError && error.code === 'unknown_run') {
      throw new TuttiError('unknown_run', `The cluster knows no run "${run}"`);
    }
    throw error;
  }
}
