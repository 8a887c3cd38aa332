/** Calls about one run, with its id in the words of a refusal. */
import { TOKEN, TuttiError } from '@tutti/contracts';

/** Throws `bad_usage` for what cannot be the id of a run; `where` names the option or argument that gave it. */
export function assertRunId(run: string, where: string): string {
  if (TOKEN.test(run)) return run;
  const rule = 'an id has 1 to 64 letters, digits, "_" or "-"';
  throw new TuttiError('bad_usage', `${where} ${JSON.stringify(run.slice(0, 80))} cannot be the id of a run: ${rule}`);
}

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
