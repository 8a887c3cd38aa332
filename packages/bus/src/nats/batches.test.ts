import { silentLogger } from '@tutti/telemetry';
import { expect, it } from 'vitest';
import { requestTimeout } from '../errors.ts';
import { Batches } from './batches.ts';
import type { JetStreamApi } from './jetstream-api.ts';
import type { Question } from './multiplexer.ts';
import type { Answer } from './publish.ts';

type Headers = Readonly<Record<string, string>>;
const headersOf = ({ headers = {} }: Pick<Question, 'headers'>): Headers => headers;
const isBatch = (question: Question): boolean => headersOf(question)['Nats-Batch-Commit'] !== undefined;

/** A broker by hand: `says` answers what is asked; what is only told is counted to the batch that follows. */
function world(says: (question: Question, size: number) => object | 'silence') {
  const asked: { readonly alone: boolean; readonly size: number; readonly bytes: number }[] = [];
  const told: Omit<Question, 'timeoutMs'>[] = [];
  const mux = {
    tell: (message: Omit<Question, 'timeoutMs'>) => void told.push(message),
    ask: (question: Question) => {
      const all = isBatch(question) ? [...told.splice(0), question] : [question];
      asked.push({
        ...{ alone: !isBatch(question), size: all.length },
        bytes: all.reduce((sum, { data }) => sum + data.length, 0),
      });
      expect(all.map((each) => headersOf(each)['Nats-Batch-Sequence'])).toEqual(
        isBatch(question) ? all.map((_, i) => `${i + 1}`) : [undefined],
      );
      const answer = says(question, all.length);
      if (answer === 'silence') return Promise.reject(requestTimeout(question.subject, question.timeoutMs));
      return Promise.resolve({ data: new Uint8Array(1), json: () => answer });
    },
  };
  const api = { mux, timeoutMs: 1_000 } as unknown as Pick<JetStreamApi, 'mux' | 'timeoutMs'>;
  const batches = new Batches(api, silentLogger);
  const append = (count: number, bytes = 10): Promise<readonly Answer[]> =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        batches.publish(
          { stream: 'S', subject: `s.${i}`, key: `${i}` },
          { data: new Uint8Array(bytes), expect: 0, id: `r${i}` },
        ),
      ),
    );
  return { append, asked };
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

it('sends each alone where one of a batch does not fit in, and the next ones together again', async () => {
  let isFirst = true;
  const { append, asked } = world((question, size) => {
    if (!isBatch(question) || !isFirst) return acknowledged(question, size);
    isFirst = false;
    return { error: { code: 400, err_code: 10071, description: 'wrong last sequence' } };
  });
  expect(kinds(await append(10))).toEqual(new Set(['stored']));
  expect(kinds(await append(10))).toEqual(new Set(['stored']));
  expect(asked.map(({ size }) => size)).toEqual([10, ...Array.from({ length: 10 }, () => 1), 10]);
});

it('makes no batches for a while where the broker takes none', async () => {
  const { append, asked } = world((question, size) =>
    isBatch(question)
      ? { error: { code: 400, err_code: 10174, description: 'atomic publish is disabled' } }
      : acknowledged(question, size),
  );
  await append(10);
  expect(kinds(await append(10))).toEqual(new Set(['stored']));
  expect(asked.filter(({ alone }) => !alone)).toHaveLength(1);
});

it.each([
  ['nothing', () => 'silence' as const],
  ['something of another batch', () => ({ seq: 9, batch: 'other', count: 10 })],
  ['another count', (question: Question) => ({ seq: 9, batch: headersOf(question)['Nats-Batch-Id'], count: 9 })],
])('calls all of a batch unclear where the broker says %s of it', async (_, says) => {
  expect(kinds(await world(says).append(10))).toEqual(new Set(['unclear']));
});
