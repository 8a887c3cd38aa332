/** What the checkers look at: the trace, what the client was told, and what the journals hold. */
import { contextKind } from '@tutti/context';
import { createBusJournals, createStepper, type JournalRecord, parseRecord } from '@tutti/kernel';
import type { Observation, RunEnd, Simulation } from '@tutti/testkit/simulation';

export interface JournalOf {
  /** Such as `wf.12.run` or `ctx.12.run`. */
  readonly key: string;
  readonly records: readonly (Pick<JournalRecord, 'epoch' | 'kind' | 'end' | 'events' | 'input'> & {
    readonly id?: string;
  })[];
}

export interface Evidence {
  readonly observations: readonly Observation[];
  readonly runs: readonly Pick<RunEnd, 'run' | 'definition' | 'acceptedAt' | 'view' | 'context' | 'events'>[];
  readonly converged: boolean;
  readonly journals: readonly JournalOf[];
  readonly pool: Simulation['pool'];
  readonly working: Simulation['working'];
}

/** Says what is wrong, a line each; nothing when all is well. */
export type Checker = (evidence: Evidence) => readonly string[];

export async function gather({ trace, runs, converged, pool, working, store }: Simulation): Promise<Evidence> {
  const journals = await journalsIn(store);
  return { observations: trace.observations, runs, converged, journals, pool, working };
}

type Store = Pick<Simulation['store'], 'logs' | 'blobs' | 'limits'>;

/** The journals of all runs and their contexts. */
export async function journalsIn(store: Store): Promise<readonly JournalOf[]> {
  const keys = (await Promise.all(['wf.*.*', 'ctx.*.*'].map((filter) => store.logs.keys(filter)))).flat();
  return Promise.all(keys.map(async (key) => ({ key, records: await recordsOf(store, key) })));
}

/** All records, with what was cut from the log; of a journal whose chain is broken, what there is. */
async function recordsOf(store: Store, key: string): Promise<JournalOf['records']> {
  const rest = async () => (await store.logs.read(key)).map(({ data }) => parseRecord(key, data));
  return createBusJournals(store)
    .open(key)
    .read()
    .then(({ records }) => records, rest);
}

/** What a context store's state holds. */
interface StoredContext {
  readonly tree: unknown;
  readonly conflicts: readonly unknown[];
}

/** The context of a run as its journal alone gives it; undefined when there is none. */
export function contextOf({ journals }: Evidence, run: string): StoredContext | undefined {
  const journal = journals.find(({ key }) => key.startsWith('ctx.') && key.endsWith(`.${run}`));
  const first = journal?.records[0];
  if (journal === undefined || first === undefined) return undefined;
  const stepper = createStepper(contextKind().machine);
  let { snapshot } = stepper.start(first.input);
  for (const { events } of journal.records) for (const event of events) ({ snapshot } = stepper.step(snapshot, event));
  return snapshot.context as StoredContext;
}

export const when = (at: number): string => `${at.toFixed(1)} ms`;
