import type { TuttiEvent } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { Cursor } from './cursor.ts';

const event = (seq: number, type: TuttiEvent['type'] = 'step.ready', second = seq): TuttiEvent => ({
  v: 1,
  type,
  time: new Date(second * 1_000).toISOString(),
  run: 'r',
  seq,
  data: {},
});

const take = (cursor: Cursor, events: readonly TuttiEvent[]): readonly string[] =>
  events.filter((e) => cursor.take(e)).map(({ seq, type }) => `${seq} ${type}`);

describe('the cursor of a watcher', () => {
  it('takes each number once', () => {
    const cursor = new Cursor(1);
    expect(take(cursor, [event(1), event(1), event(2)])).toEqual(['1 step.ready', '2 step.ready']);
    expect(cursor.needsJournal(event(3))).toBe(false);
    expect(cursor.needsJournal(event(4))).toBe(true);
    expect(cursor.suspects).toBe(false);
  });

  it('steps back to the first number that a new owner gave again, and repeats nothing that it knows', () => {
    const cursor = new Cursor(1);
    take(cursor, [event(1), event(2, 'step.granted'), event(3, 'step.started')]);
    const journal = [event(1), event(2, 'step.adopted', 9), event(3, 'run.recovered', 9)];
    expect(cursor.needsJournal(journal[2] as TuttiEvent)).toBe(true);
    expect(cursor.suspects).toBe(true);
    cursor.compare(journal);
    expect(take(cursor, journal)).toEqual(['2 step.adopted', '3 run.recovered']);
    cursor.compare(journal);
    expect(take(cursor, [...journal, event(4)])).toEqual(['4 step.ready']);
  });

  it('compares all it gave with the journal when the owner changed', () => {
    const cursor = new Cursor(1);
    take(cursor, [event(1), event(2, 'step.started'), event(3, 'run.recovered')]);
    expect(cursor.suspects).toBe(true);
    const journal = [event(1), event(2, 'step.adopted'), event(3, 'run.recovered')];
    cursor.compare(journal);
    expect(cursor.suspects).toBe(false);
    expect(take(cursor, journal)).toEqual(['2 step.adopted']);
    expect(cursor.next).toBe(4);
  });

  it('asks the journal again for what it was given beyond its end by an owner that may have been replaced', () => {
    const cursor = new Cursor(1);
    take(cursor, [event(1), event(2, 'step.started')]);
    // The new owner gives the number 2 to something else, and has not journaled it yet.
    expect(cursor.needsJournal(event(2, 'step.waiting', 9))).toBe(true);
    cursor.compare([event(1)]);
    expect(cursor.needsJournal(event(3, 'step.granted', 9))).toBe(true);
    const journal = [event(1), event(2, 'step.waiting', 9), event(3, 'step.granted', 9)];
    expect(take(cursor, journal)).toEqual(['2 step.waiting', '3 step.granted']);
  });

  it('has ended when the journal ends with the end that was given, whatever was given after it', () => {
    const cursor = new Cursor(1);
    take(cursor, [event(1), event(2, 'run.finished'), event(3, 'run.retried')]);
    expect(cursor.ended).toBe(false);
    const journal = [event(1), event(2, 'run.finished')];
    cursor.compare(journal);
    cursor.endAt(journal.at(-1));
    expect(cursor.ended).toBe(true);
  });

  it('gives nothing after the end', () => {
    const cursor = new Cursor(5);
    expect(take(cursor, [event(5, 'run.finished'), event(6)])).toEqual(['5 run.finished']);
    expect(cursor.ended).toBe(true);
  });
});

it('a decision after the end goes on to another end', () => {
  const cursor = new Cursor(1);
  const told = ['run.finished', 'conflict.resolved', 'run.finished', 'step.ready'].map((type, i) => {
    return { v: 1, type, time: new Date(i).toISOString(), run: 'r', seq: i + 1, data: {} } as TuttiEvent;
  });
  expect(told.map((event) => [cursor.take(event), cursor.ended])).toEqual([
    [true, true],
    [true, false],
    [true, true],
    [false, true],
  ]);
});
