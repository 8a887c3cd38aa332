/** What is answered as done is in a journal by then: nobody is told `committed` before the broker has said that it is stored. */
import type { Observation, Seen } from '@tutti/testkit/simulation';
import { type Checker, when } from './evidence.ts';

export const answersFollowAppends: Checker = ({ observations }) => {
  const stores = new Stores();
  return observations.flatMap((seen) => stores.take(seen));
};

class Stores {
  /** Records that a process has appended to the context of a run. */
  readonly #appended = new Map<string, number>();
  /** How many there were when a process was asked for a commit first. */
  readonly #asked = new Map<string, number>();
  readonly #known = new Set<string>();

  take(seen: Observation): readonly string[] {
    if (seen.kind === 'appended') {
      const [store, , run = ''] = seen.key.split('.');
      const place = `${seen.process} ${run}`;
      if (store === 'ctx') this.#appended.set(place, (this.#appended.get(place) ?? 0) + 1);
    } else if (seen.kind === 'received' && seen.message.type === 'context.commit') {
      const { run, step, generation } = seen.message;
      const place = `${seen.process} ${run}`;
      const asked = `${place}/${step}/${generation}`;
      if (!this.#asked.has(asked)) this.#asked.set(asked, this.#appended.get(place) ?? 0);
    } else if (seen.kind === 'received' && seen.message.type === 'context.resolve') {
      const place = `${seen.process} ${seen.message.run}`;
      const asked = `${place}/${seen.message.conflict}`;
      if (!this.#asked.has(asked)) this.#asked.set(asked, this.#appended.get(place) ?? 0);
    } else if (seen.kind === 'answered') return this.#answered(seen) ?? this.#decided(seen) ?? [];
    return [];
  }

  #decided({ at, process, request, message }: Seen): readonly string[] | undefined {
    if (request?.type !== 'context.resolve' || message.type !== 'context.resolved') return undefined;
    const { run, conflict } = request;
    const what = `the decision about ${conflict} of ${run}`;
    if (this.#known.has(what)) return [];
    this.#known.add(what);
    const before = this.#asked.get(`${process} ${run}/${conflict}`) ?? 0;
    if ((this.#appended.get(`${process} ${run}`) ?? 0) > before) return [];
    return [`${when(at)}: ${process} told of ${what} before it was stored`];
  }

  #answered({ at, process, request, message }: Seen): readonly string[] | undefined {
    if (request?.type !== 'context.commit' || message.type !== 'context.committed') return undefined;
    const { run, step, generation } = request;
    const version = `version ${message.version} of ${run}`;
    if (message.duplicate || this.#known.has(version)) return [];
    this.#known.add(version);
    const before = this.#asked.get(`${process} ${run}/${step}/${generation}`) ?? 0;
    if ((this.#appended.get(`${process} ${run}`) ?? 0) > before) return [];
    return [`${when(at)}: ${process} told of ${version} before it was stored`];
  }
}
