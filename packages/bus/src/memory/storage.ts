/** The stores of a broker as one connection sees them: asynchronous, refused when it is closed or cut off. */

import { unavailable } from '../errors.ts';
import { assertFits } from '../headers.ts';
import type { AppendOptions, Blobs, KeyValues, Logs } from '../port.ts';
import { assertFilter, assertKey, assertSubject } from '../subjects.ts';
import { type Timers, wait } from '../timers.ts';
import type { AppendInterceptor } from './faults.ts';
import type { BlobStore, KeyValueStore, LogStore } from './store.ts';

export interface StorageHost {
  readonly name: string;
  readonly maxPayloadBytes: number;
  readonly timers: Timers;
  readonly interceptAppend: AppendInterceptor | undefined;
  /** Throws `bus_closed` or `broker_unavailable`. */
  assertReachable(): void;
}

export function logsOf(store: LogStore, host: StorageHost): Logs {
  const ask = asker(host);
  return {
    maxRecords: store.maxRecordsPerKey,
    append: (key, data, options) => {
      return ask(() => {
        assertSubject(key);
        assertFits(key, data, undefined, host.maxPayloadBytes);
        const plan = host.interceptAppend?.({
          from: host.name,
          key,
          expect: options.expect,
          record: { id: options.id, data },
        });
        return plan === undefined
          ? store.append(key, data, options)
          : faultyAppend(store, host, plan, [key, data, options]);
      });
    },
    read: (key, fromSeq = 0) => ask(() => store.read(key, fromSeq)),
    last: (key) => ask(() => store.last(key)),
    keys: (filter) =>
      ask(() => {
        assertFilter(filter);
        return store.keys(filter);
      }),
    purge: (key, beforeSeq = Number.POSITIVE_INFINITY) => ask(() => store.purge(key, beforeSeq)),
  };
}

type AppendArguments = [key: string, data: Uint8Array, options: AppendOptions];

async function faultyAppend(
  store: LogStore,
  host: StorageHost,
  plan: NonNullable<ReturnType<AppendInterceptor>>,
  append: AppendArguments,
): Promise<number> {
  if (plan.applyAfterMs) await wait(host.timers, plan.applyAfterMs);
  const seq = plan.lose === 'request' ? undefined : store.append(...append);
  if (plan.answerAfterMs) await wait(host.timers, plan.answerAfterMs);
  host.assertReachable();
  if (seq === undefined || plan.lose === 'answer') {
    throw unavailable(`The append to "${append[0]}" was not answered; whether it was stored is unknown.`);
  }
  return seq;
}

export function keyValuesOf(store: KeyValueStore, host: StorageHost): KeyValues {
  const ask = asker(host);
  return {
    get: (key) => ask(() => store.get(checked(key))),
    set: (key, value, expect) =>
      ask(() => {
        assertFits(key, value, undefined, host.maxPayloadBytes);
        return store.set(checked(key), value, expect);
      }),
    delete: (key) => ask(() => store.delete(checked(key))),
    list: (prefix) => ask(() => store.list(prefix)),
  };
}

function checked(key: string): string {
  assertKey(key);
  return key;
}

export function blobsOf(store: BlobStore, host: StorageHost): Blobs {
  const ask = asker(host);
  return {
    put: (data) => ask(() => store.put(data)),
    get: (hash) => ask(() => store.get(hash)),
    delete: (hash) => ask(() => store.delete(hash)),
  };
}

/** The question is put at once, in the order of the calls; the answer comes in a later microtask. */
function asker(host: StorageHost): <T>(question: () => T | Promise<T>) => Promise<T> {
  return async (question) => {
    host.assertReachable();
    return question();
  };
}
