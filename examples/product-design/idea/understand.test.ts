import { describe, expect, test } from 'vitest';
import { understand } from './understand.ts';

const said = (text: string): string[] =>
  understand(text).actions.map(({ actor, verb, object }) => `${actor} ${verb} ${object}`);

describe('reading an idea', () => {
  test('finds who does what with what', () => {
    const idea =
      'A mobile app where neighbours lend and borrow tools, book a pick-up time, pay a small deposit and review each other after the return.';
    expect(said(idea)).toEqual([
      'neighbours lend tools',
      'neighbours borrow tools',
      'neighbours book pick-up times',
      'neighbours pay deposits',
      'neighbours review neighbours',
    ]);
  });

  test('gives each group of people its own actions', () => {
    const idea =
      'A web app for restaurants. Guests reserve tables, order dishes and pay at the table; cooks see orders live.';
    expect(said(idea)).toEqual([
      'guests reserve tables',
      'guests order dishes',
      'guests pay dishes',
      'cooks see orders',
    ]);
    expect(understand(idea).actors).toEqual(['restaurants', 'guests', 'cooks']);
  });

  test('tells a noun from the verb of the same form', () => {
    expect(said('Students share a book, the plan of a review, photos, plans and reviews.')).toEqual([
      'students share books',
    ]);
    expect(said('Let teams plan shifts and book rooms')).toEqual(['teams plan shifts', 'teams book rooms']);
  });

  test('says that it found nothing, and falls back to what one can do with anything', () => {
    const idea = understand('Uber for dogs');
    expect(idea.guessed).toBe(true);
    expect(idea.actions.map(({ verb, object }) => `${verb} ${object}`)).toEqual([
      'find dogs',
      'create dogs',
      'manage dogs',
    ]);
    expect(idea.actors).toEqual(['users']);
  });

  test('tells the platform by its words, and a web app from an app', () => {
    const platforms = [
      'An app for cooks',
      'A web app for cooks',
      'A command line tool',
      'A chat bot',
      'A REST API',
      'Something',
    ];
    expect(platforms.map((text) => understand(text).platform)).toEqual([
      ...['mobile', 'web', 'terminal', 'bot', 'service', 'web'],
    ]);
  });

  test('tells what an idea brings with it without saying so', () => {
    expect(understand('Patients track their blood sugar and share reports').concerns).toEqual([
      'health',
      'numbers',
      'public-content',
    ]);
    expect(understand('A list of words').concerns).toEqual([]);
  });

  test('copes with any text: other languages, marks, prototypes, very long ones', () => {
    const texts = [
      '…',
      '東京の地図アプリ',
      '{{ idea }} <script> | `x` \n\n',
      '__proto__ constructor',
      'lend '.repeat(800),
      'and, and, or',
    ];
    for (const text of texts) {
      const { actions, title } = understand(text);
      expect(actions.length).toBeGreaterThan(0);
      expect(actions.length).toBeLessThanOrEqual(12);
      expect(title).not.toContain('undefined');
    }
  });
});
