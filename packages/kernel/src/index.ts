export { Actor } from './actor.ts';
export type { ActorLimits, StopReason } from './actor-deps.ts';
export { systemClock, systemIds, systemRandom } from './adapters/system.ts';
export type { SetAside, Undelivered } from './aside.ts';
export { type Checkpoint, type FrozenActor, formsOf } from './checkpoint.ts';
export * from './effects.ts';
export {
  createExchange,
  type Done,
  type Exchange,
  type ExchangeOptions,
  type Incoming,
  type ServeOptions,
} from './exchange.ts';
export { type ActorHost, createHost } from './host.ts';
export { DEFAULT_HOST_LIMITS, type HostLimits } from './host-limits.ts';
export type { HostOptions, Loading } from './host-options.ts';
export { inParallel } from './in-parallel.ts';
export {
  createBusJournals,
  createJournal,
  type Draft,
  EMPTY_TAIL,
  JOURNAL_VERSION,
  type JournalRecord,
  type Journals,
  parseRecord,
} from './journal.ts';
export type { ActorKind, ActorParams, Durability } from './kind.ts';
export { createLocalTable, type LocalTable } from './local-table.ts';
export { createMemoryJournals, type MemoryJournals } from './memory-journals.ts';
export type { CustomContext } from './performer.ts';
export * from './ports.ts';
export { remembering } from './remembering.ts';
export * from './stepper.ts';
export { tagged, untagged } from './tagged.ts';
export { toEvent, toldBy } from './told.ts';
