import { describe, expect, it } from 'vitest';
import { type Draft, EMPTY_TAIL, type JournalRecord, type Tail } from './journal.ts';
import { createMemoryJournals } from './memory-journals.ts';

const draft = (id: string): Draft => ({ kind: 'steps', id, epoch: 1, time: 1, events: [], end: false });

describe('journals in memory', () => {
  it('give back what was appended, in order, each record with the one before it', async () => {
    const journals = createMemoryJournals();
    const tail = journals.open('wf.1.r').append(EMPTY_TAIL, draft('a')) as Tail;
    void journals.open('wf.1.r').append(tail, draft('b'));
    const { records, tail: last } = await journals.open('wf.1.r').read();
    expect(records.map(({ id, prev, n }: JournalRecord) => [id, prev, n])).toEqual([
      ['a', '', 1],
      ['b', 'a', 2],
    ]);
    expect(last).toEqual({ seq: 2, id: 'b', n: 2, epoch: 1 });
  });

  it('refuse who does not know the last record', () => {
    const journal = createMemoryJournals().open('k');
    void journal.append(EMPTY_TAIL, draft('a'));
    expect(() => journal.append(EMPTY_TAIL, draft('b'))).toThrow(expect.objectContaining({ code: 'fenced' }));
  });

  it('forget one that is purged, and no other', async () => {
    const journals = createMemoryJournals();
    for (const key of ['a', 'b']) void journals.open(key).append(EMPTY_TAIL, draft(key));
    await journals.purge('a');
    expect(journals.keys).toEqual(['b']);
    expect((await journals.open('a').read()).tail).toEqual(EMPTY_TAIL);
  });
});
