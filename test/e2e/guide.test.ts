/** docs/guide.md: its files are written and its commands run, in order, and all that it says of them holds. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ended, ROOT, tutti } from './cli-process.ts';

interface Snippet {
  /** `file`, `exit`, `stdout`, `stderr`, `file-after`, as the first line of the snippet says. */
  readonly says: ReadonlyMap<string, string>;
  readonly text: string;
}

const guide = readFileSync(join(ROOT, 'docs/guide.md'), 'utf8');
const snippets: readonly Snippet[] = [...guide.matchAll(/^```\w+ (.+)\n([\s\S]*?)^```$/gm)].map(
  ([, head = '', text = '']) => ({
    says: new Map([...head.matchAll(/([\w-]+)=(?:"([^"]*)"|(\S+))/g)].map(([, key = '', a, b]) => [key, a ?? b ?? ''])),
    text,
  }),
);
const saying = (key: string): readonly (readonly [string, Snippet])[] =>
  snippets.flatMap((snippet) => {
    const value = snippet.says.get(key);
    return value === undefined ? [] : [[value, snippet] as const];
  });
const commands = saying('exit').map(([exit, { says, text }]) => ({ line: text.trim(), exit: Number(exit), says }));

let folder: string;
const ended = new Map<string, Ended>();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-guide-'));
  for (const [name, { text }] of saying('file')) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  for (const { line } of commands) {
    const [npx, program, ...args] = line.split(' ');
    expect([npx, program]).toEqual(['npx', 'tutti']);
    ended.set(line, await tutti(args, { cwd: folder }));
  }
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

it('has files, commands and results', () => {
  expect(saying('file').length).toBeGreaterThanOrEqual(8);
  expect(commands.length).toBeGreaterThanOrEqual(5);
  expect(saying('file-after').length).toBeGreaterThanOrEqual(4);
});

it.each(commands.map(({ line, exit, says }) => [line, exit, says] as const))('%s ends %d', (line, exit, says) => {
  const { code, stdout, stderr } = ended.get(line) as Ended;
  expect(code, stderr).toBe(exit);
  expect(stdout).toContain(says.get('stdout') ?? '');
  expect(stderr).toContain(says.get('stderr') ?? '');
});

it.each(saying('file-after').map(([name, { text }]) => [name, text] as const))('%s is as it says', (name, text) => {
  expect(JSON.parse(readFileSync(join(folder, name), 'utf8'))).toEqual(JSON.parse(text));
});
