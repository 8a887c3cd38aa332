export * from './codec/index.ts';
export { DEFAULT_MAX_PENDING } from './mailbox.ts';
export * from './memory/index.ts';
export * from './nats/index.ts';
export { observeWrites, type StoreKind, type WriteObserver } from './observed.ts';
export * from './port.ts';
export { assertFilter, assertKey, assertSubject, MAX_SUBJECT_LENGTH, matches } from './subjects.ts';
export { systemTimers, type Timers } from './timers.ts';
