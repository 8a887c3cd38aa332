import { TuttiError } from '@tutti/contracts';
import { silentLogger } from '@tutti/telemetry';
import { expect, it } from 'vitest';
import { requestTimeout } from '../errors.ts';
import { Appender } from './append.ts';
import type { JetStreamApi } from './jetstream-api.ts';
import type { Question } from './multiplexer.ts';

type Said = object | 'silence';
const FULL = { error: { code: 503, err_code: 10077, description: 'insufficient storage' } };
const LET_GO = { error: { code: 400, err_code: 10176, description: 'batch publish is incomplete' } };

/** A broker by hand whose logs stay empty; timers pass at once. */
function world(says: (part: 'batch' | 'abandon' | 'alone') => Said, last: () => Promise<undefined>) {
  const part = ({ headers = {} }: Question) => {
    if (headers['Nats-Batch-Commit'] !== undefined) return 'batch';
    return headers['Nats-Batch-Id'] === undefined ? 'alone' : 'abandon';
  };
  const mux = {
    tell: () => undefined,
    ask: (question: Question) => {
      const said = says(part(question));
      if (said === 'silence') return Promise.reject(requestTimeout(question.subject, question.timeoutMs));
      return Promise.resolve({ data: new Uint8Array(1), json: () => said });
    },
  };
  const timers = { setTimeout: (run: () => void) => setImmediate(run), clearTimeout: () => undefined };
  const ask = async () => ({ state: { subjects: {} } });
  const api = { mux, timers, timeoutMs: 30, last, ask } as unknown as JetStreamApi;
  const appender = new Appender(api, silentLogger, 100);
  return (count: number): Promise<readonly unknown[]> =>
    Promise.all(
      Array.from({ length: count }, (_, i) => {
        const target = { stream: 'S', subject: `s.${i}`, key: `${i}` };
        const record = { data: new Uint8Array(1), expect: 0, id: `r${i}` };
        return appender.append(target, record, true).catch((error: TuttiError) => error.code);
      }),
    );
}
const nothing = async () => undefined;

it('a full broker is told as full where nothing was left in doubt', async () => {
  const says = (part: string): Said => (part === 'abandon' ? LET_GO : FULL);
  expect(new Set(await world(says, nothing)(10))).toEqual(new Set(['broker_full']));
  expect(await world(says, nothing)(1)).toEqual(['broker_full']);
});

it('what may still be stored of a batch is not told as absent, however full the broker is', async () => {
  const append = world((part) => (part === 'alone' ? FULL : 'silence'), nothing);
  expect(new Set(await append(10))).toEqual(new Set(['broker_unavailable']));
});

it('a broker without room to be read has said nothing of the record', async () => {
  const append = world(
    () => 'silence',
    () => Promise.reject(new TuttiError('broker_full', 'insufficient resources')),
  );
  expect(await append(1)).toEqual(['broker_unavailable']);
});
