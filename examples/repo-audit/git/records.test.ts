import { describe, expect, test } from 'vitest';
import { collect } from '../testing/scratch-repository.ts';
import { inParallel, MAX_RECORD_BYTES, splitRecords } from './records.ts';

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

const split = async (...texts: string[]): Promise<string[]> =>
  (await collect(splitRecords(chunks(...texts), 0))).map(String);

describe('splitting a stream into records', () => {
  test('a record may lie across chunks', async () => {
    expect(await split('on', 'e\0tw', 'o\0', 'three')).toEqual(['one', 'two', 'three']);
  });

  test('an empty record between two separators is one, an empty tail is none', async () => {
    expect(await split('a\0\0b\0')).toEqual(['a', '', 'b']);
    expect(await split('')).toEqual([]);
  });

  test('a record is cut at the limit and the next one begins where it should', async () => {
    const [first, second] = await split('x'.repeat(MAX_RECORD_BYTES), 'yyy\0next\0');
    expect(first).toBe('x'.repeat(MAX_RECORD_BYTES));
    expect(second).toBe('next');
  });
});

describe('working in parallel', () => {
  test('no more items are held than there are workers', async () => {
    let held = 0;
    let most = 0;
    async function* items(): AsyncGenerator<number> {
      for (let item = 0; item < 20; item += 1) {
        held += 1;
        most = Math.max(most, held);
        yield item;
      }
    }
    const done: number[] = [];
    await inParallel(items(), 3, async (item) => {
      await Promise.resolve();
      done.push(item);
      held -= 1;
    });
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, item) => item));
    expect(most).toBeLessThanOrEqual(4);
  });

  test('the first failure ends it and closes the source', async () => {
    let closed = false;
    async function* items(): AsyncGenerator<number> {
      try {
        for (let item = 0; ; item += 1) yield item;
      } finally {
        closed = true;
      }
    }
    const work = inParallel(items(), 2, async (item) => {
      if (item === 5) throw new Error('five');
    });
    await expect(work).rejects.toThrow('five');
    expect(closed).toBe(true);
  });
});
