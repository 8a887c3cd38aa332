/** A bus whose writes somebody watches: how long each takes, and how it ends. */
import type { Bus, KeyValues, Logs } from './port.ts';

/** What is written to: journals, or the small state of leases and marks. */
export type StoreKind = 'log' | 'key_value';

/** Told of each write as it begins; what it returns is told of its end, with what the write was rejected with. */
export type WriteObserver = (store: StoreKind) => (error?: unknown) => void;

/** The same bus; its appends, and its sets and deletes of key-values, are told to `observer`. Nothing is asked in addition. */
export function observeWrites(bus: Bus, observer: WriteObserver): Bus {
  const told = watcher(observer);
  const { hears } = bus;
  return {
    kind: bus.kind,
    durable: bus.durable,
    get limits() {
      return bus.limits;
    },
    logs: observedLogs(bus.logs, told),
    keyValues: observedKeyValues(bus.keyValues, told),
    blobs: bus.blobs,
    publish: (subject, data, options) => bus.publish(subject, data, options),
    ...(hears === undefined ? {} : { hears: (subject: string) => hears.call(bus, subject) }),
    request: (subject, data, options) => bus.request(subject, data, options),
    subscribe: (subject, handler, options) => bus.subscribe(subject, handler, options),
    flush: () => bus.flush(),
    onStatus: (listener) => bus.onStatus(listener),
    close: () => bus.close(),
  };
}

type Told = <T>(store: StoreKind, write: () => Promise<T>) => Promise<T>;

/** The write's own promise is handed on: whoever waits for it hears of its end no turn later than without an observer. */
const watcher =
  (observer: WriteObserver): Told =>
  (store, write) => {
    const ended = observer(store);
    const promise = write();
    promise.then(() => ended(), ended);
    return promise;
  };

const observedLogs = (logs: Logs, told: Told): Logs => ({
  maxRecords: logs.maxRecords,
  append: (key, data, options) => told('log', () => logs.append(key, data, options)),
  read: (key, fromSeq) => logs.read(key, fromSeq),
  last: (key) => logs.last(key),
  keys: (filter) => logs.keys(filter),
  purge: (key, beforeSeq) => logs.purge(key, beforeSeq),
});

const observedKeyValues = (keyValues: KeyValues, told: Told): KeyValues => ({
  get: (key) => keyValues.get(key),
  set: (key, value, expect) => told('key_value', () => keyValues.set(key, value, expect)),
  delete: (key) => told('key_value', () => keyValues.delete(key)),
  list: (prefix) => keyValues.list(prefix),
});
