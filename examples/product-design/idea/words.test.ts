import { expect, test } from 'vitest';
import { article, baseForms, enumerate, plural, singular, slug, unique } from './words.ts';

test('plurals and singulars are each other’s inverse for what ideas name', () => {
  const pairs =
    'tool:tools,quiz:quizzes,city:cities,person:people,child:children,dish:dishes,time slot:time slots,bus:buses';
  for (const pair of pairs.split(',')) {
    const [one = '', many = ''] = pair.split(':');
    expect([plural(one), plural(many), singular(many), singular(one)]).toEqual([many, many, one, one]);
  }
  expect(plural('equipment')).toBe('equipment');
  expect(plural('constructor')).toBe('constructors');
});

test('a verb is found in its forms', () => {
  expect(baseForms('booking')).toContain('book');
  expect(baseForms('sharing')).toContain('share');
  expect(baseForms('planned')).toContain('plan');
  expect(baseForms('applied')).toContain('apply');
});

test('a slug is never empty and holds nothing a path or a quoted name could break on', () => {
  expect(slug('Pick-up time!')).toBe('pick-up-time');
  expect(slug('Höhe "x"; drop', '_')).toBe('hohe_x_drop');
  expect(slug('…')).toBe('item');
});

test('small words are right', () => {
  expect([article('user'), article('order'), article('unit'), article('umbrella')]).toEqual([
    'a user',
    'an order',
    'a unit',
    'an umbrella',
  ]);
  expect([enumerate([]), enumerate(['a']), enumerate(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
  expect(unique([1, 2, 11, 3], (item) => String(item).slice(-1))).toEqual([1, 2, 3]);
});
