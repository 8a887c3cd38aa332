import { clip, no, ok, type Parsed } from './words.ts';

/** Words of one command line. */
const MAX_WORDS = 256;

/**
 * A command line as words. Blanks part them; `'…'` and `"…"` keep blanks and may stand inside a word (`--name="a b"`); in
 * double quotes a backslash takes the next character as it is. There is no shell, so nothing else is special.
 */
export function parseCommand(line: string): Parsed<string[]> {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  for (; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (char === '"' || char === "'") {
      const quoted = readQuoted(line, at);
      if (quoted === undefined) return no(`a quote of "${clip(line)}" is not closed`);
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  if (words[0] === undefined || words[0] === '') return no(`"${clip(line)}" names no program`);
  return words.length > MAX_WORDS ? no(`"${clip(line)}" has more than ${MAX_WORDS} words`) : ok(words);
}

/** What stands between the quote at `begin` and the one that closes it, at `end`. */
function readQuoted(line: string, begin: number): { readonly text: string; readonly end: number } | undefined {
  const quote = line[begin];
  let text = '';
  for (let at = begin + 1; at < line.length; at += 1) {
    if (line[at] === quote) return { text, end: at };
    if (quote === '"' && line[at] === '\\') at += 1;
    text += line[at] ?? '';
  }
  return undefined;
}
