/** Control characters as JSON writes them, so that a newline in a file name shows as `\n`. */
const visible = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));

/** Text from the repository inside a sentence, so that it shows as it is and shapes nothing. */
export const plain = (text: string | number): string =>
  visible(String(text)).replace(/[\\`*_<>[\]&]/g, (character) => `\\${character}`);

/** A path or a command as code. */
export function code(text: string): string {
  const safe = visible(text);
  const longest = Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `\`${safe}\`` : `${fence} ${safe} ${fence}`;
}

type Cell = string | number;

/** A table, or one word when there is no row. Cells are Markdown already; numbers stand to the right. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return 'None.\n';
  const rule = headings.map((_, column) => (typeof rows[0]?.[column] === 'number' ? '---:' : '---'));
  const lines = [headings, rule, ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

const cell = (content: Cell): string => String(content).replaceAll('|', '\\|');

export const list = (items: readonly string[]): string =>
  items.length === 0 ? 'None.\n' : `${items.map((item) => `- ${item}`).join('\n')}\n`;

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** `1 author`, `2 authors`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
