/** Runs that get nowhere because nobody offers an agent that they need. */
import type { Client } from '@tutti/client';
import { type RunView, TuttiError } from '@tutti/contracts';
import { plural } from '../text/units.ts';
import { type Check, checkFailure } from './checks.ts';

/** Runs that are looked at, those that wait longest: a look costs a message each, and a cluster has many. */
export const RUNS_LOOKED_AT = 100;
/** Runs that are asked for: as many as an answer may hold. */
const RUNS_LISTED = 1_000;
/** Agents that are named in one line. */
const MOST_NAMED = 5;

interface Offer {
  readonly role: string;
}

/**
 * `views`: of runs that go on. Tells the agents that steps of them wait for and that no live instance offers. `unseen`: there may
 * be others.
 */
export function checkOrphans(views: readonly RunView[], instances: readonly Offer[], unseen = false): Check {
  const what = 'waiting runs';
  const offered = new Set(instances.map(({ role }) => role));
  const waiting = new Map<string, Set<string>>();
  for (const { run, steps } of views)
    for (const { agent, waitsOn } of steps) {
      if (waitsOn?.kind !== 'instance' || offered.has(agent)) continue;
      waiting.set(agent, (waiting.get(agent) ?? new Set()).add(run));
    }
  if (waiting.size === 0 && !unseen)
    return { verdict: 'ok', what, found: 'none waits for an agent that nobody offers' };
  if (waiting.size === 0) {
    const found = `of ${plural(views.length, 'run')} none waits for an agent that nobody offers; others were not seen`;
    return { verdict: 'note', what, found };
  }
  const most = [...waiting].sort(([, a], [, b]) => b.size - a.size);
  const named = most.slice(0, MOST_NAMED).map(([agent, runs]) => `${agent} (${plural(runs.size, 'run')})`);
  const more = most.length > MOST_NAMED ? ` and ${most.length - MOST_NAMED} more` : '';
  const found = `nobody offers what they wait for: ${named.join(', ')}${more}`;
  return { verdict: 'bad', what, found, advice: 'start them with `tutti agent start FILE --nats URL`' };
}

/** Looks at runs that go on, the oldest first. */
export async function lookAtOrphans(client: Client, instances: readonly Offer[]): Promise<Check> {
  try {
    const { runs, more, incomplete } = await client.list({ limit: RUNS_LISTED });
    const living = runs
      .filter(({ outcome }) => outcome === undefined)
      .sort((a, b) => a.submittedAtMs - b.submittedAtMs);
    const looked = living.slice(0, RUNS_LOOKED_AT);
    const views = await Promise.all(looked.map(({ run }) => client.status(run).catch(() => undefined)));
    const seen = views.filter((view) => view !== undefined);
    return checkOrphans(seen, instances, more || incomplete !== undefined || seen.length < living.length);
  } catch (thrown) {
    const error = TuttiError.from(thrown);
    return checkFailure('waiting runs', error.code, error.message);
  }
}
