import { execFileSync } from 'node:child_process';
import { symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRepository } from '../git/repository.ts';
import { definitions } from '../joins/definitions.ts';
import {
  mixedRepository,
  ODD_NAMES,
  quietWork,
  type Scratch,
  scratchFolder,
  scratchRepository,
} from '../testing/scratch-repository.ts';
import { readDependencies } from './dependencies.ts';
import { readDocs } from './docs.ts';
import { readHistory } from './history.ts';
import { readLanguages } from './languages.ts';
import { readMarkers } from './markers.ts';
import { readTests } from './tests.ts';

const work = quietWork();
const never = work.signal;

async function readAll({ root }: Pick<Scratch, 'root'>) {
  const repository = await openRepository(root, never);
  const [languages, dependencies, history, tests, markers, docs] = await Promise.all([
    readLanguages(repository, work),
    readDependencies(repository, work),
    readHistory(repository, work),
    readTests(repository, work),
    readMarkers(repository, work),
    readDocs(repository, work),
  ]);
  return { languages, dependencies, history, tests, markers, docs };
}

/** Runs the command that the report prints beside each number. */
function checkByHand(scratch: Scratch, found: Awaited<ReturnType<typeof readAll>>): string[] {
  const rows = definitions(found);
  for (const { name, value, command } of rows) {
    const own = command.endsWith('head -1') ? `${command} | awk '{ print $1 }'` : command;
    expect(`${name}: ${value}`).toBe(`${name}: ${scratch.count(own)}`);
  }
  return rows.map(({ name }) => name);
}

describe('the numbers of the report', () => {
  test('agree with git and wc by the commands that the report prints', async () => {
    const scratch = mixedRepository();
    const names = checkByHand(scratch, await readAll(scratch));
    expect(names).toEqual([
      ...['Tracked files', 'Text files', 'Lines', 'Commits', 'Authors', 'Changes of the most changed file'],
      ...['TODO lines', 'FIXME lines', 'HACK lines', 'XXX lines', 'Headings'],
    ]);
  });

  test('are those that were put in', async () => {
    const scratch = mixedRepository();
    const { languages, history, markers } = await readAll(scratch);
    const oddLines = (ODD_NAMES.length * (ODD_NAMES.length + 1)) / 2;
    // The odd files, one newline in no-newline.ts, one line of code, seven of the README.
    expect(languages.totals).toMatchObject({ tracked_files: ODD_NAMES.length + 6, lines: oddLines + 1 + 1 + 7 });
    // Empty and binary files hold no text; the link is counted apart.
    expect(languages.totals).toMatchObject({ symlinks: 1, without_text: 2, text_files: ODD_NAMES.length + 3 });
    expect(languages.by_language.reduce((sum, row) => sum + row.files, 0)).toBe(languages.totals.tracked_files);
    expect(languages.by_language.reduce((sum, row) => sum + row.lines, 0)).toBe(languages.totals.lines);
    expect(languages.folders.reduce((sum, row) => sum + row.lines, 0)).toBe(languages.totals.lines);
    expect(history.totals).toEqual({ commits: 3, authors: 2, bus_factor: 1, shallow: false });
    expect(history.hot_spots.files[0]).toEqual({ path: 'src/deep/er/code.ts', changes: 3, tracked: true });
    expect(markers.by_marker).toContainEqual({ marker: 'TODO', lines: oddLines + 1, files: ODD_NAMES.length + 1 });
  });

  test('hold in a repository with one commit', async () => {
    const scratch = scratchRepository();
    scratch.write('a.go', 'package a\n');
    scratch.commit('Ada');
    const found = await readAll(scratch);
    checkByHand(scratch, found);
    expect(found.history.period?.first).toBe(found.history.period?.last);
  });

  test('are zero in an empty repository, and nothing fails', async () => {
    const { languages, history, markers, tests, docs, dependencies } = await readAll(scratchRepository());
    expect(languages.totals).toMatchObject({ tracked_files: 0, lines: 0 });
    expect(history).toMatchObject({ totals: { commits: 0, authors: 0 }, hot_spots: { files: [] } });
    expect(history.period).toBeUndefined();
    expect(markers.totals.marked_lines + tests.totals.cases + docs.totals.doc_files).toBe(0);
    expect(dependencies.manifests).toEqual([]);
  });

  test('are those of the working tree: deleted files, links put in place of files and untracked files do not count', async () => {
    const scratch = mixedRepository();
    unlinkSync(join(scratch.root, 'a b.ts'));
    unlinkSync(join(scratch.root, 'no-newline.ts'));
    symlinkSync('/etc/passwd', join(scratch.root, 'no-newline.ts'));
    scratch.write('untracked.ts', 'TODO\n'.repeat(100));
    checkByHand(scratch, await readAll(scratch));
  });

  test('of a shallow clone are of what is there', async () => {
    const clone = join(scratchFolder(), 'clone');
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${mixedRepository().root}`, clone]);
    const { history } = await readAll({ root: clone });
    expect(history.totals).toMatchObject({ commits: 1, shallow: true });
  });

  test('count each path once while a merge has conflicts', async () => {
    const scratch = scratchRepository();
    scratch.write('a.ts', 'base\n');
    scratch.commit('Ada');
    scratch.git('checkout', '--quiet', '-b', 'other');
    scratch.write('a.ts', 'theirs\n');
    scratch.commit('Ada');
    scratch.git('checkout', '--quiet', 'main');
    scratch.write('a.ts', 'ours\n');
    scratch.commit('Ada');
    expect(() => scratch.git('merge', '--quiet', 'other')).toThrow();
    const { languages } = await readAll(scratch);
    expect(languages.totals).toMatchObject({ tracked_files: 1, text_files: 1 });
  });

  test('stop at the signal with its reason', async () => {
    const scratch = mixedRepository();
    const repository = await openRepository(scratch.root, never);
    const aborted = quietWork(AbortSignal.abort(new Error('cancelled')));
    for (const read of [readLanguages, readHistory, readTests, readMarkers, readDocs, readDependencies]) {
      await expect(read(repository, aborted)).rejects.toThrow('cancelled');
    }
  });
});
