import { silentLogger } from '@tutti/telemetry';
import { expect, it } from 'vitest';
import { brokerRefused, busClosed, requestTimeout } from '../errors.ts';
import { Batches } from './batches.ts';
import type { JetStreamApi } from './jetstream-api.ts';
import type { Question } from './multiplexer.ts';
import type { Answer } from './publish.ts';

type Headers = Readonly<Record<string, string>>;
const headersOf = ({ headers = {} }: Pick<Question, 'headers'>): Headers => headers;
const isBatch = (question: Question): boolean => headersOf(question)['Nats-Batch-Commit'] !== undefined;
const isAbandon = (question: Question): boolean =>
  !isBatch(question) && headersOf(question)['Nats-Batch-Id'] !== undefined;

type Said = object | 'silence' | Error;
const NO_PART = { error: { code: 400, err_code: 10176, description: 'batch publish is incomplete' } };

/** A broker by hand: `says` answers what is asked; what is only told is counted to the batch that follows. */
function world(says: (question: Question, size: number) => Said) {
  const asked: { readonly alone: boolean; readonly size: number; readonly bytes: number }[] = [];
  const abandoned: (string | undefined)[] = [];
  const told: Omit<Question, 'timeoutMs'>[] = [];
  const note = (question: Question): number => {
    if (isAbandon(question)) {
      abandoned.push(headersOf(question)['Nats-Batch-Id']);
      return 0;
    }
    const all = isBatch(question) ? [...told.splice(0), question] : [question];
    const bytes = all.reduce((sum, { data }) => sum + data.length, 0);
    asked.push({ alone: !isBatch(question), size: all.length, bytes });
    expect(all.map((each) => headersOf(each)['Nats-Batch-Sequence'])).toEqual(
      isBatch(question) ? all.map((_, i) => `${i + 1}`) : [undefined],
    );
    return all.length;
  };
  const mux = {
    tell: (message: Omit<Question, 'timeoutMs'>) => void told.push(message),
    ask: (question: Question) => {
      const answer = says(question, note(question));
      if (answer === 'silence') return Promise.reject(requestTimeout(question.subject, question.timeoutMs));
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ data: new Uint8Array(1), json: () => answer });
    },
  };
  const api = { mux, timeoutMs: 1_000 } as unknown as Pick<JetStreamApi, 'mux' | 'timeoutMs'>;
  const batches = new Batches(api, silentLogger);
  const append = (count: number, bytes = 10, subject = (i: number) => `s.${i}`): Promise<readonly Answer[]> =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        batches.publish(
          { stream: 'S', subject: subject(i), key: `${i}` },
          { data: new Uint8Array(bytes), expect: 0, id: `r${i}` },
        ),
      ),
    );
  return { append, asked, abandoned };
}
const acknowledged = (question: Question, size: number): object => {
  const id = headersOf(question)['Nats-Batch-Id'];
  return id === undefined ? { seq: 1 } : { seq: 100 + size, batch: id, count: size };
};
const kinds = (answers: readonly Answer[]): ReadonlySet<string> => new Set(answers.map(({ kind }) => kind));

it('sends what comes in one turn as one, and tells each its own sequence', async () => {
  const { append, asked } = world(acknowledged);
  const answers = await append(20);
  expect(asked.map(({ size }) => size)).toEqual([20]);
  expect(answers.map((answer) => (answer.kind === 'stored' ? answer.seq : 0))).toEqual(
    Array.from({ length: 20 }, (_, i) => 101 + i),
  );
});

it('sends few alone', async () => {
  const { append, asked } = world(acknowledged);
  expect(kinds(await append(7))).toEqual(new Set(['stored']));
  expect(asked.map(({ alone }) => alone)).toEqual([true, true, true, true, true, true, true]);
});

it('makes no batch larger than the server takes, and one after the other', async () => {
  const { append, asked } = world(acknowledged);
  await append(300);
  expect(asked.map(({ size }) => size)).toEqual([128, 128, 44]);
  await append(20, 300_000);
  expect(asked.slice(3).every(({ bytes, alone }) => alone || bytes <= 1024 * 1024)).toBe(true);
});

it('puts no two appends of one log into one batch', async () => {
  const { append, asked } = world(acknowledged);
  expect(kinds(await append(30, 10, (i) => `s.${i % 20}`))).toEqual(new Set(['stored']));
  expect(asked.map(({ size }) => size)).toEqual([20, 10]);
});

it('sends each alone where one of a batch does not fit in, and the next ones together again', async () => {
  const error = { code: 400, err_code: 10071, description: 'wrong last sequence' };
  let isFirst = true;
  const { append, asked } = world((question, size) => {
    if (!isBatch(question) || !isFirst) return acknowledged(question, size);
    isFirst = false;
    return { error };
  });
  expect(kinds(await append(10))).toEqual(new Set(['stored']));
  expect(kinds(await append(10))).toEqual(new Set(['stored']));
  expect(asked.map(({ size }) => size)).toEqual([10, ...Array.from({ length: 10 }, () => 1), 10]);
});

it.each([
  ['takes none', { error: { code: 400, err_code: 10174, description: 'atomic publish is disabled' } }],
  ['answers none', 'silence' as const],
])('makes no batches for a while where the broker %s', async (_, said) => {
  const { append, asked } = world((question, size) => {
    if (isAbandon(question)) return NO_PART;
    return isBatch(question) ? said : acknowledged(question, size);
  });
  await append(10);
  expect(kinds(await append(10))).toEqual(new Set(['stored']));
  expect(asked.filter(({ alone }) => !alone)).toHaveLength(1);
});

it.each([
  ['nothing', () => 'silence' as const],
  ['something of another batch', () => ({ seq: 9, batch: 'other', count: 10 })],
  ['another count', (question: Question) => ({ seq: 9, batch: headersOf(question)['Nats-Batch-Id'], count: 9 })],
  [
    'a place that is none',
    (question: Question) => ({ seq: 9, batch: headersOf(question)['Nats-Batch-Id'], count: 10 }),
  ],
])('calls all of a batch unclear where the broker says %s of it, once it has let go of it', async (_, says) => {
  const { append, abandoned } = world((question) => (isAbandon(question) ? NO_PART : says(question)));
  const answers = await append(10);
  expect(new Set(answers)).toEqual(new Set([{ kind: 'unclear', mayReturn: false }]));
  expect(abandoned).toEqual([expect.stringMatching(/./)]);
});

it.each([['silence' as const], [{ seq: 5 }]])(
  'says that a batch may return where the broker was not heard to let go of it: %j',
  async (said) => {
    const { append } = world((question) => (isAbandon(question) ? said : 'silence'));
    expect(await append(10)).toEqual(Array.from({ length: 10 }, () => ({ kind: 'unclear', mayReturn: true })));
  },
);

it('calls what a server could not store unclear, once it has let go of it, and sends the next ones together again', async () => {
  const error = { code: 503, err_code: 10077, description: 'maximum messages per subject exceeded' };
  let isFirst = true;
  const { append, asked, abandoned } = world((question, size) => {
    if (isAbandon(question)) return NO_PART;
    if (!isBatch(question) || !isFirst) return acknowledged(question, size);
    isFirst = false;
    return { error };
  });
  expect(new Set(await append(10))).toEqual(new Set([{ kind: 'unclear', mayReturn: false }]));
  expect(abandoned).toHaveLength(1);
  expect(kinds(await append(10))).toEqual(new Set(['stored']));
  expect(asked.map(({ size }) => size)).toEqual([10, 10]);
});

it('rejects all that waits when the connection is closed', async () => {
  const { append } = world(() => busClosed('test'));
  const waiting = [append(10), append(10)];
  for (const each of waiting) await expect(each).rejects.toMatchObject({ code: 'bus_closed' });
});

it('leaves each its own answer where one is too large, or may not be sent', async () => {
  const { append } = world((question, size) =>
    isBatch(question) ? brokerRefused(question.subject) : acknowledged(question, size),
  );
  expect(kinds(await append(10))).toEqual(new Set(['stored']));
});
