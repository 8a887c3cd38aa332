/**
 * Reads who does what from an idea in English, by word order and word lists. It is no understanding of language: it finds
 * `neighbours lend and borrow tools` in a sentence, and where it finds nothing it says so instead of inventing.
 */
import { KIND_OF_VERB, type KindName } from './action-kinds.ts';
import {
  AFTER_OBJECT,
  BEFORE_NOUN,
  BEFORE_VERB,
  FRAMES,
  isPeople,
  NO_OBJECT,
  PLAIN_ADJECTIVES,
  PRONOUNS,
  RELATIVE,
} from './word-lists.ts';
import { baseForms, plural } from './words.ts';

export interface FoundAction {
  readonly verb: string;
  readonly kind: KindName;
  /** In the plural, such as `neighbours`; absent when the sentence names nobody. */
  readonly actor: string | undefined;
  /** As written, without article; absent when the verb has none. */
  readonly object: string | undefined;
}

export interface Parsed {
  readonly actions: readonly FoundAction[];
  /** Everybody the text names, in the plural, in the order of the text. */
  readonly actors: readonly string[];
}

/** Words of a phrase that may be an object; the rest of a longer one is left out. */
const MAX_OBJECT_WORDS = 3;
const ONE: ReadonlySet<string> = new Set(['a', 'an', 'one', 'each', 'every']);

/** Words in lower case, and marks; a dash between words and a new line stand for a comma. */
export const tokensOf = (text: string): string[] =>
  (text.toLowerCase().match(/\p{L}[\p{L}\p{N}'’-]*|[,;.:!?\n]|\s[-–—]\s/gu) ?? []).map((token) =>
    /^[\p{L},;.:!?]/u.test(token) ? token : ',',
  );

const isPerson = (word: string): boolean => !AFTER_OBJECT.has(word) && !PRONOUNS.has(word) && isPeople(plural(word));

/** Reads the actions in the order of the text. */
export function parseIdea(text: string): Parsed {
  const tokens = tokensOf(text);
  const found: FoundAction[] = [];
  const actors = new Set<string>();
  let actor: string | undefined;
  for (const [at, word] of tokens.entries()) {
    const verb = verbAt(tokens, at);
    const kind = verb === undefined ? undefined : KIND_OF_VERB.get(verb);
    if (verb !== undefined && kind !== undefined) {
      found.push({ verb, kind, actor, object: objectAfter(tokens, at + 1, actor, found.at(-1)?.object) });
    } else if (isPerson(word)) {
      actor = plural(word);
      actors.add(actor);
    }
  }
  return { actions: found, actors: [...actors] };
}

/** The verb in its base form when the word at `at` is one, by itself and by what stands before it. */
function verbAt(tokens: readonly string[], at: number): string | undefined {
  const word = tokens[at] ?? '';
  const before = tokens[at - 1] ?? '.';
  if (FRAMES.has(word) || BEFORE_NOUN.has(before)) return undefined;
  const base = baseForms(word).find((form) => KIND_OF_VERB.has(form));
  if (base === undefined) return undefined;
  // `photos, plans and reviews`: after a comma, a word in s is a plural.
  if (word !== base && word.endsWith('s') && !RELATIVE.has(before)) return undefined;
  return BEFORE_VERB.has(before) || isPerson(before) || /[.!?:]/.test(before) || word.endsWith('ing')
    ? base
    : undefined;
}

function objectAfter(
  tokens: readonly string[],
  at: number,
  actor: string | undefined,
  previous: string | undefined,
): string | undefined {
  const phrase = phraseAt(tokens, at);
  // `pay a deposit` is what happens again and again: deposits.
  if (phrase.length > 0) return ONE.has(tokens[at] ?? '') ? plural(phrase.join(' ')) : phrase.join(' ');
  if (tokens[at] === 'each' || tokens[at + 1] === 'another') return actor;
  // `lend and borrow tools`: a verb right before another one shares its object.
  const next = tokens[at] === 'and' || tokens[at] === 'or' || tokens[at] === ',' ? at + 1 : undefined;
  if (next === undefined || verbAt(tokens, next) === undefined) return previous;
  return objectAfter(tokens, next + 1, actor, previous);
}

/** The words of the object that begins at `at`, without what says nothing about it. */
function phraseAt(tokens: readonly string[], at: number): readonly string[] {
  const words: string[] = [];
  for (const word of tokens.slice(at, at + 8)) {
    if (AFTER_OBJECT.has(word) || words.length === MAX_OBJECT_WORDS) break;
    if (!NO_OBJECT.has(word) && !PRONOUNS.has(word) && !/[^p]ly$/.test(word)) words.push(word);
  }
  return words.filter((word, index) => index === words.length - 1 || !PLAIN_ADJECTIVES.has(word));
}
