/** English word forms by rule, as far as ideas need them. Not a dictionary: an unknown form stays as it is. */

const IRREGULAR_PLURALS: Readonly<Record<string, string>> = {
  person: 'people',
  child: 'children',
  man: 'men',
  woman: 'women',
  foot: 'feet',
  tooth: 'teeth',
  mouse: 'mice',
  knife: 'knives',
  shelf: 'shelves',
  leaf: 'leaves',
  life: 'lives',
  quiz: 'quizzes',
  bus: 'buses',
  hero: 'heroes',
  potato: 'potatoes',
};
const SINGULARS = new Map(Object.entries(IRREGULAR_PLURALS).map(([one, many]) => [many, one]));
const UNCOUNTED = new Set([
  'news',
  'equipment',
  'furniture',
  'feedback',
  'information',
  'music',
  'software',
  'data',
  'fish',
]);

/** The singular of a noun or of the last word of a phrase. */
export function singular(noun: string): string {
  const [head, last] = splitLast(noun);
  const lower = last.toLowerCase();
  return head + (SINGULARS.get(lower) ?? (UNCOUNTED.has(lower) ? last : cutPlural(last)));
}

function cutPlural(noun: string): string {
  if (/(ss|us|is)$/.test(noun) || noun.length < 4) return noun;
  if (/[^aeiou]ies$/.test(noun)) return `${noun.slice(0, -3)}y`;
  if (/(ch|sh|x|z|ss)es$/.test(noun)) return noun.slice(0, -2);
  return noun.endsWith('s') ? noun.slice(0, -1) : noun;
}

/** The plural of a noun or of the last word of a phrase; a plural stays one. */
export function plural(noun: string): string {
  const [head, last] = splitLast(singular(noun));
  const lower = last.toLowerCase();
  if (UNCOUNTED.has(lower)) return head + last;
  const irregular = Object.hasOwn(IRREGULAR_PLURALS, lower) ? IRREGULAR_PLURALS[lower] : undefined;
  if (irregular !== undefined) return head + irregular;
  if (/[^aeiou]y$/.test(last)) return `${head}${last.slice(0, -1)}ies`;
  return `${head}${last}${/(ch|sh|x|z|s)$/.test(last) ? 'es' : 's'}`;
}

function splitLast(phrase: string): [string, string] {
  const blank = phrase.lastIndexOf(' ') + 1;
  return [phrase.slice(0, blank), phrase.slice(blank)];
}

/** The forms a verb may have been made from, the likeliest first; the word itself is one. */
export function baseForms(word: string): string[] {
  const forms = [word];
  const stem = (ending: string): void => {
    if (!word.endsWith(ending) || word.length < ending.length + 3) return;
    const cut = word.slice(0, -ending.length);
    forms.push(cut, `${cut}e`);
    if (cut.at(-1) === cut.at(-2)) forms.push(cut.slice(0, -1));
    if (cut.endsWith('i')) forms.push(`${cut.slice(0, -1)}y`);
  };
  for (const ending of ['ing', 'es', 'ed', 's']) stem(ending);
  return forms;
}

/** First letter large, the rest as it is. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** `a` or `an` before a word. */
export const article = (noun: string): string => `${/^([aeio]|u(?!ni|se))/i.test(noun) ? 'an' : 'a'} ${noun}`;

/** A name for a path, a table or a file: letters, digits and one separator. Never empty. */
export function slug(text: string, separator = '-'): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const parts = plain.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== '');
  return parts.slice(0, 5).join(separator).slice(0, 48) || 'item';
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerate(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** Items that differ by key, the first of each, in their order. */
export function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  const seen = new Set<string>();
  return items.filter((item) => seen.size < seen.add(key(item)).size);
}
