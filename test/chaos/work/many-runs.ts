/** For many runs at once: calls in bounded number, and waiting for an event of each. */
import { type Bus, decodeJson } from '@tutti/bus';
import { createSubjects, type TuttiEvent, tuttiEvent } from '@tutti/contracts';

export async function inParallel<T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, lane));
}

/** Resolves when such an event was heard of each of the runs, or after a time; with the runs of which it was not. */
export function heard(
  bus: Bus,
  runs: readonly string[],
  isWanted: (event: TuttiEvent) => boolean,
  limitMs: number,
): Promise<readonly string[]> {
  const missing = new Set(runs);
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(late);
      subscription.unsubscribe();
      resolve([...missing]);
    };
    const late = setTimeout(done, limitMs);
    const subscription = bus.subscribe(createSubjects().all('runEvent'), ({ data }) => {
      const { data: event } = tuttiEvent.safeParse(decodeJson(data));
      if (event?.run === undefined || !isWanted(event)) return;
      missing.delete(event.run);
      if (missing.size === 0) done();
    });
  });
}
