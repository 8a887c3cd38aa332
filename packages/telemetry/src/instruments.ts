/**
 * The one table of instruments. A metric that is not here does not exist: names are stable, dashboards rely on them.
 * Names are dotted nouns; the unit is said here and never in the name. `1` means a plain number.
 */
export type InstrumentKind = 'counter' | 'gauge' | 'histogram';
export type InstrumentUnit = '1' | 'ms' | 'bytes';

interface InstrumentRow {
  readonly kind: InstrumentKind;
  readonly unit: InstrumentUnit;
  readonly description: string;
}

const counter = (description: string, unit: InstrumentUnit = '1'): InstrumentRow & { kind: 'counter' } => ({
  kind: 'counter',
  unit,
  description,
});
const gauge = (description: string, unit: InstrumentUnit = '1'): InstrumentRow & { kind: 'gauge' } => ({
  kind: 'gauge',
  unit,
  description,
});
const histogram = (description: string, unit: InstrumentUnit): InstrumentRow & { kind: 'histogram' } => ({
  kind: 'histogram',
  unit,
  description,
});

export const INSTRUMENTS = {
  // bus
  'bus.published': counter('Messages published by this process.'),
  'bus.received': counter('Messages handed to a handler of this process.'),
  'bus.dropped': counter('Messages dropped because a subscription had too many waiting.'),
  'bus.request.duration': histogram('From request to answer, failures included.', 'ms'),
  'bus.request.failed': counter('Requests that ended without an answer.'),
  'bus.append.duration': histogram('From append to its acknowledgement.', 'ms'),
  'bus.append.unclear': counter('Appends whose answer was lost and which were settled by reading back.'),
  'bus.reconnects': counter('Times the connection to the broker came back.'),
  // kernel
  'kernel.steps': counter('Events stepped through a machine.'),
  'kernel.step.duration': histogram('One step of a machine, without input or output.', 'ms'),
  'kernel.mailbox.depth': gauge('Messages waiting in the fullest mailbox.'),
  'kernel.refused': counter('Messages refused: unknown type, bad body, unexpected event, stale epoch, overload.'),
  'kernel.replay.duration': histogram('Recovery of one actor from its log.', 'ms'),
  'kernel.actors': gauge('Actors hosted by this process.'),
  // supervisor
  'supervisor.runs.active': gauge('Runs this process owns that have not ended.'),
  'supervisor.runs.ended': counter('Runs that ended, by outcome.'),
  'supervisor.run.duration': histogram('From acceptance to outcome of a run.', 'ms'),
  'supervisor.step.duration': histogram('From start to outcome of a step, retries included.', 'ms'),
  'supervisor.attempts.reassigned': counter('Attempts given to another instance.'),
  'supervisor.instances': gauge('Live agent instances known to this process.'),
  // resources
  'resources.cpu.used': gauge('CPU units granted now.'),
  'resources.memory.used': gauge('Memory units granted now.'),
  'resources.agents.running': gauge('Agents admitted now.'),
  'resources.queue.depth': gauge('Requests that wait for room in the pool.'),
  'resources.wait.duration': histogram('From request to grant.', 'ms'),
  // barrier
  'barrier.wait.duration': histogram('From the first arrival to the decision.', 'ms'),
  'barrier.decided': counter('Barriers that decided, by decision.'),
  // context
  'context.commits': counter('Commits accepted.'),
  'context.conflicts': counter('Commits that left a conflict record.'),
  'context.commit.duration': histogram('One commit, its append included.', 'ms'),
  'context.bytes': gauge('Size of the largest context held.', 'bytes'),
  // cache
  'cache.hits': counter('Look-ups answered from the cache.'),
  'cache.misses': counter('Look-ups the cache could not answer.'),
  'cache.evictions': counter('Entries dropped to make room.'),
  'cache.bytes': gauge('Bytes held by the cache.', 'bytes'),
  // agent
  'agent.attempts': counter('Attempts executed by this process, by outcome.'),
  'agent.attempt.duration': histogram('One attempt, from acceptance to outcome.', 'ms'),
  // process
  'process.loop.delay': histogram('How late a timer of the process fired: the stall of its event loop.', 'ms'),
} as const satisfies Record<string, InstrumentRow>;

export type InstrumentName = keyof typeof INSTRUMENTS;
type NameOf<K extends InstrumentKind> = {
  [N in InstrumentName]: (typeof INSTRUMENTS)[N]['kind'] extends K ? N : never;
}[InstrumentName];
export type CounterName = NameOf<'counter'>;
export type GaugeName = NameOf<'gauge'>;
export type HistogramName = NameOf<'histogram'>;
