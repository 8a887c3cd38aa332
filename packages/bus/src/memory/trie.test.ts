import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SubjectTrie } from './trie.ts';

const token = fc.constantFrom('a', 'b', 'cc');
const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const filter = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([tokens, open]) => [...tokens, ...(open ? ['>'] : [])].join('.'));

it('says that a subject is heard exactly where it finds who hears it, also after filters have gone', () => {
  fc.assert(
    fc.property(fc.uniqueArray(filter, { maxLength: 6 }), fc.array(subject, { minLength: 1 }), (filters, subjects) => {
      const trie = new SubjectTrie<string>();
      for (const each of filters) trie.add(each, each);
      for (const each of subjects) expect(trie.has(each)).toBe(trie.find(each).length > 0);
      for (const each of filters.slice(1)) trie.remove(each, each);
      for (const each of subjects) expect(trie.has(each)).toBe(trie.find(each).length > 0);
    }),
  );
});
