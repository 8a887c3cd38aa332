/** `tutti dlq`: what no machine could take, to be understood, sent again or forgotten. */
import type { Client } from '@tutti/client';
import type { LetterRow, MessageOf } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { paintFor, resolveOutput } from '../render/create-renderer.ts';
import { tableLines } from '../render/table-lines.ts';
import { openRemote } from '../session.ts';
import { oneLine } from '../text/clean.ts';
import { span } from '../text/units.ts';

type Letters = Client['letters'];

async function withLetters(cli: Cli, use: (letters: Letters) => Promise<void>): Promise<number> {
  const session = await openRemote(cli);
  try {
    await use(session.client.letters);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

const isJson = ({ globals, io }: Cli): boolean => resolveOutput(globals.output, io) === 'json';

function row({ id, kind, atMs, node, reason, run, subject }: LetterRow, nowMs: number): readonly string[] {
  return [id, kind, `${span(nowMs - atMs)} ago`, node, run ?? subject ?? '', `${reason.message} [${reason.code}]`];
}

export function dlqLs(cli: Cli, { limit }: { readonly limit: number }): Promise<number> {
  const { io } = cli;
  return withLetters(cli, async (letters) => {
    const { letters: rows, more } = await letters.list({ limit });
    if (isJson(cli)) for (const each of rows) io.stdout.write(`${JSON.stringify(each)}\n`);
    else printRows(cli, rows);
    if (more) io.stderr.write('tutti: there are more letters; raise --limit to see them\n');
  });
}

function printRows({ io }: Cli, rows: readonly LetterRow[]): void {
  if (rows.length === 0) return void io.stdout.write('Nothing lies aside.\n');
  const paint = paintFor(io);
  const header = ['LETTER', 'KIND', 'SINCE', 'PUT ASIDE BY', 'ABOUT', 'WHY'];
  const cells = rows.map((each) => row(each, io.now()).map(oneLine));
  for (const line of tableLines(header, cells, () => 'plain')) io.stdout.write(`${paint(line)}\n`);
}

export function dlqShow(cli: Cli, id: string): Promise<number> {
  return withLetters(cli, async (letters) => {
    const { type: _, ...shown } = await letters.show(id);
    cli.io.stdout.write(isJson(cli) ? `${JSON.stringify(shown)}\n` : pageOf(shown));
  });
}

function pageOf({ letter, content, hex }: Omit<MessageOf<'letter.shown'>, 'type'>): string {
  const { reason, subject, from, run } = letter;
  const lines = [
    `${letter.kind} ${letter.id}, put aside by ${letter.node} at ${new Date(letter.atMs).toISOString()}`,
    ...(run === undefined ? [] : [`run      ${run}`]),
    ...(subject === undefined ? [] : [`to       ${subject}`]),
    ...(from === undefined ? [] : [`from     ${from}`]),
    `why      ${reason.message} [${reason.code}]`,
    ...(content === undefined ? [] : ['content', JSON.stringify(content, undefined, 2)]),
    ...(hex === undefined ? [] : [`bytes    ${letter.bytes}, the first of them in hex`, hex]),
  ];
  return `${lines
    .flatMap((line) => line.split('\n'))
    .map(oneLine)
    .join('\n')}\n`;
}

export function dlqRetry(cli: Cli, id: string): Promise<number> {
  return withLetters(cli, async (letters) => {
    const letter = await letters.retry(id);
    say(cli, letter, letter.kind === 'run' ? 'the run was taken up again' : 'the message was sent again');
  });
}

export function dlqDrop(cli: Cli, id: string): Promise<number> {
  return withLetters(cli, async (letters) => say(cli, await letters.drop(id), 'the letter is forgotten'));
}

function say(cli: Cli, letter: LetterRow, what: string): void {
  if (isJson(cli)) cli.io.stdout.write(`${JSON.stringify(letter)}\n`);
  else if (cli.globals.output !== 'quiet') cli.io.stdout.write(`${letter.id}: ${what}\n`);
}
