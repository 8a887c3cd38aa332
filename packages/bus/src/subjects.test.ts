import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SubjectTrie } from './memory/trie.ts';
import { matches } from './subjects.ts';

const token = fc.constantFrom('a', 'b', 'c');
const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const filter = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 3 }), fc.oneof(token, fc.constantFrom('*', '>')))
  .map(([head, last]) => [...head, last].join('.'));

it('the trie finds exactly the filters that match, also after some were removed', () => {
  fc.assert(
    fc.property(fc.uniqueArray(filter, { maxLength: 12 }), subject, fc.nat(11), (filters, name, removed) => {
      const trie = new SubjectTrie<string>();
      for (const each of filters) trie.add(each, each);
      const gone = filters[removed];
      if (gone !== undefined) trie.remove(gone, gone);
      const expected = filters.filter((each) => each !== gone && matches(each, name));
      expect(trie.find(name).sort()).toEqual(expected.sort());
    }),
    { numRuns: 500 },
  );
});

it.each([
  ['a.>', 'a', false],
  ['a.>', 'a.b.c', true],
  ['>', 'a', true],
  ['*', 'a.b', false],
  ['a.*', 'a', false],
])('filter %s and subject %s: %s', (wanted, given, expected) => {
  expect(matches(wanted, given)).toBe(expected);
});
