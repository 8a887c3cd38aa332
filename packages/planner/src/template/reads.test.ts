import { describe, expect, it } from 'vitest';
import { readsOfTemplate } from './reads.ts';

const reads = (text: string): string[] => {
  const found = readsOfTemplate(text);
  if ('flaw' in found) throw new Error(found.flaw);
  return found.reads.map(
    ({ segments, row, col, optional }) => `${row}:${col} ${segments.join('.')}${optional ? '?' : ''}`,
  );
};

describe('what a template reads', () => {
  it.each([
    ['an output', 'Hi {{ pm.user_stories }}', ['1:7 pm.user_stories']],
    [
      'a loop, by its list and not by its variable',
      '{% for s in pm.stories %}{{ s.a }}{{ forloop.index }}{% endfor %}',
      ['1:13 pm.stories'],
    ],
    [
      'a condition and all its branches',
      '{% if a.x %}{{ b }}{% else %}{{ c }}{% endif %}',
      ['1:7 a.x', '1:16 b', '1:33 c'],
    ],
    ['an argument of a filter', '{{ "x" | append: pm.title }}', ['1:18 pm.title']],
    [
      'an index, up to where it is fixed',
      '{{ pm.stories[0].title }} {{ pm["user stories"].size }}',
      ['1:4 pm.stories', '1:30 pm.user stories'],
    ],
    ['an index by another value: both', '{{ pm.stories[qa.next].title }}', ['1:4 pm.stories', '1:15 qa.next']],
    ['nothing that it assigns itself', '{% assign q = a.b %}{{ q }}', ['1:15 a.b']],
    ['nothing in a comment or in raw text', '{% comment %}{{ a }}{% endcomment %}{% raw %}{{ b }}{% endraw %}', []],
    ['a value with a default as one that may be missing', '{{ a.b | default: "none" }}', ['1:4 a.b?']],
    [
      'a value with a default in one place only as one that must be there',
      '{% if x %}{{ a.b | default: 1 }}{% endif %}\n{{ a.b }}',
      ['1:7 x', '1:14 a.b'],
    ],
    ['a default inside a block too', '{% if x %}{{ a.b | default: 1 }}{% endif %}', ['1:7 x', '1:14 a.b?']],
    ['filters that nobody here knows', '{{ a | md }}', ['1:4 a']],
  ])('is found in %s', (_, text, expected) => {
    expect(reads(text)).toEqual(expected);
  });

  it('is doubted where it takes in another template, or has a filter that nobody knows', () => {
    const text = 'a {{ b | upcas | append: "x" }}\n{% if b %}{% render "part" %}{% endif %}{% assign c = b | md %}';
    const found = readsOfTemplate(text);
    const doubts = 'doubts' in found ? found.doubts : [];
    expect(doubts.map(({ row, col, what }) => `${row}:${col} ${what.slice(0, 24)}`)).toEqual([
      '1:3 has a filter "upcas" tha',
      '2:11 takes in another templat',
      '2:41 has a filter "md" that n',
    ]);
  });

  it('is unknown where the template cannot be parsed, with the place and the reason', () => {
    expect(readsOfTemplate('a\n {% if x %}')).toEqual({ flaw: 'tag {% if x %} not closed', row: 2, col: 2 });
  });
});
