/** Control characters, escape sequences and the marks that turn the writing direction: a terminal obeys them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]+/g;

/** What JSON does not write as an escape by itself, and a terminal obeys. */
const UNESCAPED = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;

/** A value as JSON of several lines, which stays the same value and cannot steer a terminal. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(UNESCAPED, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Text of somebody else (an agent's note, an error, a file's key) as one harmless line. An agent must not be able to
 * move the cursor, set the title or hide a line of the person's terminal.
 */
export function oneLine(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, ' ').trim();
}
