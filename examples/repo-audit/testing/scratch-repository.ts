/** Real small repositories for the tests, and the programs that the audit's numbers are held against. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Work } from '../readers/call.ts';

export const quietWork = (signal: AbortSignal = new AbortController().signal): Work => ({
  signal,
  progress: () => undefined,
});

/** Everything a stream gives. `Array.fromAsync` does not exist on Node 20. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

/** A folder that is gone when the test is over. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Scratch {
  readonly root: string;
  git(...args: string[]): string;
  write(path: string, content: string | Uint8Array): void;
  commit(author: string, message?: string): void;
  /** What a shell command at the top prints, as a number. */
  count(command: string): number;
}

export function scratchRepository(root = scratchFolder()): Scratch {
  const git = (...args: string[]): string => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' });
  git('init', '--quiet', '--initial-branch=main');
  return {
    root,
    git,
    write(path, content) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    },
    commit(author, message = 'change') {
      const as = ['-c', `user.name=${author}`, '-c', `user.email=${author}@example.org`, '-c', 'commit.gpgsign=false'];
      git('add', '-A');
      git(...as, 'commit', '--quiet', '-m', message);
    },
    count: (command) => Number(execFileSync('bash', ['-c', command], { cwd: root, encoding: 'utf8' })),
  };
}

/** File names that break programs which split at blanks, quotes or newlines. */
export const ODD_NAMES = [
  'a b.ts',
  'it\'s "quoted".py',
  'zeilen\numbruch.md',
  'höhe–東京.js',
  '-n.txt',
  '$(date).sh',
  'tab\there.go',
];

/** A repository with a bit of everything that the audit reads. */
export function mixedRepository(): Scratch {
  const scratch = scratchRepository();
  for (const [index, name] of ODD_NAMES.entries()) scratch.write(name, 'line TODO\n'.repeat(index + 1));
  scratch.write('no-newline.ts', '// FIXME one\n// TODO two, and no newline at the end');
  scratch.write('empty.ts', '');
  scratch.write('picture.bin', Uint8Array.from([0x89, 0, 0x0a, 0, 0x54, 0x4f, 0x44, 0x4f, 0x0a]));
  scratch.write('src/deep/er/code.ts', 'export const one = 1;\n');
  scratch.write('README.md', '# Thing\n\n## Install\n\n```sh\n# no heading\n```\n');
  scratch.git('-c', 'core.symlinks=true', 'update-index', '--add', '--cacheinfo', linkEntry(scratch));
  scratch.commit('Ada');
  scratch.write('src/deep/er/code.ts', 'export const one = 2;\n');
  scratch.commit('Grace');
  scratch.write('src/deep/er/code.ts', 'export const one = 3;\n');
  scratch.commit('Grace');
  return scratch;
}

function linkEntry({ root }: Scratch): string {
  const object = execFileSync('git', ['-C', root, 'hash-object', '-w', '--stdin'], {
    input: 'README.md',
    encoding: 'utf8',
  });
  execFileSync('ln', ['-s', 'README.md', join(root, 'link')]);
  return `120000,${object.trim()},link`;
}
