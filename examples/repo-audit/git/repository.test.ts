import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { collect, scratchFolder, scratchRepository } from '../testing/scratch-repository.ts';
import { gitRecords } from './git.adapter.ts';
import { grepCounts, openRepository } from './repository.ts';

const never = new AbortController().signal;

describe('opening a repository', () => {
  test('a folder that is no repository is refused by name, and not to be tried again', async () => {
    const folder = scratchFolder();
    const refusal = openRepository(folder, never);
    await expect(refusal).rejects.toMatchObject({ code: 'agent_failed', retryable: false });
    await expect(refusal).rejects.toThrow(JSON.stringify(folder));
  });

  test('a path that does not exist is refused and told apart', async () => {
    await expect(openRepository(join(scratchFolder(), 'nowhere'), never)).rejects.toThrow(/No such file or directory/);
  });

  test('a bare repository is refused: there is no working tree to read', async () => {
    const folder = scratchFolder();
    execFileSync('git', ['init', '--quiet', '--bare', folder]);
    await expect(openRepository(folder, never)).rejects.toThrow(/work tree/);
  });

  test('a path inside a repository opens the repository it is in', async () => {
    const scratch = scratchRepository();
    mkdirSync(join(scratch.root, 'inner'));
    const opened = await openRepository(join(scratch.root, 'inner'), never);
    expect(opened.root).toBe(scratch.git('rev-parse', '--show-toplevel').trim());
  });

  test('a repository without a commit has no head', async () => {
    expect(await openRepository(scratchRepository().root, never)).toMatchObject({ head: undefined, shallow: false });
  });

  test('a shallow clone is known as one', async () => {
    const scratch = scratchRepository();
    for (const text of ['1', '2']) {
      scratch.write('a', text);
      scratch.commit('Ada');
    }
    const clone = join(scratchFolder(), 'clone');
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${scratch.root}`, clone]);
    expect(await openRepository(clone, never)).toMatchObject({ shallow: true });
  });

  test('variables that a git hook sets do not lead to another repository', async () => {
    const scratch = scratchRepository();
    const other = scratchRepository();
    process.env['GIT_DIR'] = join(other.root, '.git');
    try {
      const opened = await openRepository(scratch.root, never);
      expect(opened.root).not.toContain(other.root);
    } finally {
      delete process.env['GIT_DIR'];
    }
  });
});

describe('reading what git says', () => {
  test('an aborted signal ends the reading with its reason', async () => {
    const scratch = scratchRepository();
    const controller = new AbortController();
    for (const name of ['a', 'b', 'c']) scratch.write(name, name);
    scratch.commit('Ada');
    const names = gitRecords(scratch.root, ['ls-files', '-z'], { signal: controller.signal });
    await names.next();
    controller.abort(new Error('enough'));
    await expect(collect(names)).rejects.toThrow('enough');
  });

  test('leaving the loop early ends the process and is no error', async () => {
    const scratch = scratchRepository();
    scratch.write('a', 'x\n');
    scratch.commit('Ada');
    for await (const record of gitRecords(scratch.root, ['cat-file', '--batch-check', '--batch-all-objects'], {
      signal: never,
      separator: 0x0a,
    })) {
      expect(record.length).toBeGreaterThan(0);
      break;
    }
  });

  test('a command that git refuses fails with what git said', async () => {
    const scratch = scratchRepository();
    const reading = collect(gitRecords(scratch.root, ['log', 'no-such-branch'], { signal: never }));
    await expect(reading).rejects.toThrow(/no-such-branch/);
  });

  test('counts are told from paths that hold a newline', async () => {
    const scratch = scratchRepository();
    scratch.write('one\ntwo\nthree', 'TODO\nTODO\n');
    scratch.write('four', 'TODO\n');
    scratch.commit('Ada');
    const repository = await openRepository(scratch.root, never);
    const counts = await collect(grepCounts(repository, ['-e', 'TODO'], never));
    expect(counts).toEqual([
      { path: 'four', lines: 1 },
      { path: 'one\ntwo\nthree', lines: 2 },
    ]);
  });
});
