/**
 * The one table of instruments. A metric that is not here does not exist: names are stable, dashboards rely on them.
 * Names are dotted nouns; the unit is said here and never in the name. `1` means a plain number.
 */
export type InstrumentKind = 'counter' | 'gauge' | 'histogram';
export type InstrumentUnit = '1' | 'ms';

interface InstrumentRow {
  readonly kind: InstrumentKind;
  readonly unit: InstrumentUnit;
  readonly description: string;
  /** Each combination of their values is a series of its own: few values, known beforehand. */
  readonly labels: readonly string[];
}

const row =
  <K extends InstrumentKind>(kind: K) =>
  (
    description: string,
    { unit = '1', labels = [] }: { readonly unit?: InstrumentUnit; readonly labels?: readonly string[] } = {},
  ): InstrumentRow & { readonly kind: K } => ({ kind, unit, description, labels });

const counter = row('counter');
const gauge = row('gauge');
const histogram = row('histogram');
const MS = { unit: 'ms' } as const;

/** A test has all of them recorded by runs (`packages/cluster/src/metering`). */
export const INSTRUMENTS = {
  // kernel
  'kernel.steps': counter('Events stepped through a machine.'),
  'kernel.published': counter('Messages to other processes, questions included and answers not.'),
  'kernel.received': counter('Messages that came by the broker and were for an actor or an interface of this process.'),
  'kernel.request.duration': histogram('From a question to another process to its answer.', MS),
  'kernel.append.duration': histogram('From the append of a record to its acknowledgement.', MS),
  'kernel.replay.duration': histogram('The replay of one actor from what was read of its log.', MS),
  'kernel.actors': gauge('Actors in memory that have not ended.', { labels: ['kind'] }),
  // supervisor
  'supervisor.runs.ended': counter('Runs that ended.', { labels: ['outcome'] }),
  'supervisor.run.duration': histogram('From the acceptance of a run, or its last retry, until its work was over.', MS),
  'supervisor.steps.ended': counter('Steps that ended.', { labels: ['end'] }),
  'supervisor.step.duration': histogram('From the start of the attempt that ended well to its commit.', MS),
  'supervisor.commit.duration': histogram('From the outcome of an attempt to its commit.', MS),
  'supervisor.attempts.retried': counter('Attempts that failed and are followed by another one.'),
  'supervisor.instances': gauge('Live agent instances that this process knows.'),
  // resources
  'resources.cpu.used': gauge('CPU units that are granted.'),
  'resources.memory.used': gauge('Memory units that are granted.'),
  'resources.agents.running': gauge('Agents that are admitted.'),
  'resources.queue.depth': gauge('Requests that wait for room in the pool.'),
  'resources.wait.duration': histogram('From when a step was ready until its lease was granted.', MS),
  // barrier
  'barrier.decided': counter('Barriers that decided.', { labels: ['decision'] }),
  // context
  'context.commits': counter('Commits that runs of this process heard of.'),
  'context.conflicts': counter('Conflict records that they left.'),
  // caches of an agent process
  'cache.hits': counter('Look-ups that a cache answered.', { labels: ['cache'] }),
  'cache.misses': counter('Look-ups that it could not answer.', { labels: ['cache'] }),
  'cache.evictions': counter('Entries that it dropped to make room.', { labels: ['cache'] }),
  'cache.bytes': gauge('Bytes that it holds.', { labels: ['cache'] }),
  // agent
  'agent.attempts': counter('Attempts that this process executed.', { labels: ['role', 'outcome'] }),
  'agent.attempt.duration': histogram('One attempt, from its start to its outcome.', {
    ...MS,
    labels: ['role', 'outcome'],
  }),
} as const satisfies Record<string, InstrumentRow>;

export type InstrumentName = keyof typeof INSTRUMENTS;
type NameOf<K extends InstrumentKind> = {
  [N in InstrumentName]: (typeof INSTRUMENTS)[N]['kind'] extends K ? N : never;
}[InstrumentName];
export type CounterName = NameOf<'counter'>;
export type GaugeName = NameOf<'gauge'>;
export type HistogramName = NameOf<'histogram'>;
