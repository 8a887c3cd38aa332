/** What one step wrote in one generation is one version: a commit that is asked for again is answered, not made again. */
import { type Checker, when } from './evidence.ts';
import { marred } from './lost.ts';

export const commitsAreMadeOnce: Checker = (evidence) => {
  const lost = marred(evidence, 'ctx');
  const made = new Map<string, number>();
  return evidence.observations.flatMap((seen) => {
    if (seen.kind !== 'answered' || seen.message.type !== 'context.committed') return [];
    if (seen.request?.type !== 'context.commit') return [];
    const { run, step, generation } = seen.request;
    const { version } = seen.message;
    if (lost.has(run)) return [];
    const key = `${run}/${step}, generation ${generation}`;
    const first = made.get(key) ?? version;
    made.set(key, first);
    return first === version ? [] : [`${when(seen.at)}: ${key} was committed as ${first} and as ${version}`];
  });
};
