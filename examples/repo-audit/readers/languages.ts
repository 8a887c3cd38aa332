import { z } from 'zod';
import { gitRecords } from '../git/git.adapter.ts';
import type { Repository } from '../git/repository.ts';
import { shown, type Work } from './call.ts';
import { type CountedFile, countTextFiles } from './count-lines.ts';
import { languageOf } from './language-table.ts';

const count = z.number().int().nonnegative();
const MAX_LARGEST = 10;
const MAX_FOLDERS = 20;
const SYMLINK = '120000';
const SUBMODULE = '160000';

export const languagesOutput = z.object({
  totals: z.object({
    /** `git ls-files | wc -l`, an unmerged path counted once. */
    tracked_files: count,
    /** Tracked files that git takes for text and that are not empty: `git grep -I -l -e '' | wc -l`. */
    text_files: count,
    /** Newline characters in those: `git grep -I -z -l -e '' | xargs -0 cat | wc -l`. */
    lines: count,
    bytes: count,
    symlinks: count,
    submodules: count,
    /** The rest: binary, empty or missing from the working tree. */
    without_text: count,
  }),
  by_language: z.array(
    z.object({ language: z.string(), kind: z.string(), files: count, text_files: count, lines: count, bytes: count }),
  ),
  largest_files: z.array(z.object({ path: z.string(), lines: count })),
  folders: z.array(z.object({ folder: z.string(), files: count, lines: count })),
});
export type LanguagesOutput = z.infer<typeof languagesOutput>;

type Row = LanguagesOutput['by_language'][number];

/** Counts the tracked files and their lines by language and by top folder. Memory: one row per language and folder. */
export async function readLanguages(repository: Repository, work: Work): Promise<LanguagesOutput> {
  const tally = new Tally();
  work.progress(0, 'listing tracked files');
  await tallyTracked(repository, work.signal, tally);
  const step = Math.max(50, Math.floor(tally.totals.tracked_files / 50));
  await countTextFiles(repository, [], work.signal, (file) => {
    tally.text(file);
    const done = tally.totals.text_files;
    if (done % step === 0) work.progress(0.1 + (0.9 * done) / tally.totals.tracked_files, `counted ${done} files`);
  });
  return tally.result();
}

async function tallyTracked(repository: Repository, signal: AbortSignal, tally: Tally): Promise<void> {
  let previous = '';
  // A record is `mode object stage TAB path`; the stages of an unmerged path follow each other.
  for await (const record of gitRecords(repository.root, ['ls-files', '-s', '-z'], { signal })) {
    const tab = record.indexOf(0x09);
    const key = record.toString('latin1', tab + 1);
    if (key !== previous) tally.tracked(record.toString('latin1', 0, 6), shown(record.subarray(tab + 1)));
    previous = key;
  }
}

class Tally {
  readonly totals = { tracked_files: 0, text_files: 0, lines: 0, bytes: 0, symlinks: 0, submodules: 0 };
  readonly #languages = new Map<string, Row>();
  readonly #folders = new Map<string, { files: number; lines: number }>();
  #largest: { path: string; lines: number }[] = [];

  tracked(mode: string, path: string): void {
    this.totals.tracked_files += 1;
    if (mode === SYMLINK) this.totals.symlinks += 1;
    if (mode === SUBMODULE) this.totals.submodules += 1;
    this.#row(path).files += 1;
    this.#folder(path).files += 1;
  }

  text({ path, lines, bytes }: CountedFile): void {
    const row = this.#row(path);
    for (const sum of [row, this.totals]) {
      sum.text_files += 1;
      sum.lines += lines;
      sum.bytes += bytes;
    }
    this.#folder(path).lines += lines;
    this.#largest.push({ path, lines });
    if (this.#largest.length > 4 * MAX_LARGEST) this.#largest = this.#top();
  }

  result(): LanguagesOutput {
    const { tracked_files, text_files, symlinks, submodules } = this.totals;
    const folders = [...this.#folders].map(([folder, sums]) => ({ folder, ...sums }));
    return {
      totals: { ...this.totals, without_text: Math.max(0, tracked_files - text_files - symlinks - submodules) },
      by_language: [...this.#languages.values()].sort((a, b) => b.lines - a.lines || b.files - a.files),
      largest_files: this.#top(),
      folders: folders.sort((a, b) => b.lines - a.lines || b.files - a.files).slice(0, MAX_FOLDERS),
    };
  }

  #top(): { path: string; lines: number }[] {
    return this.#largest.sort((a, b) => b.lines - a.lines || (a.path < b.path ? -1 : 1)).slice(0, MAX_LARGEST);
  }

  #row(path: string): Row {
    const { name, kind } = languageOf(path);
    const row = this.#languages.get(name) ?? { language: name, kind, files: 0, text_files: 0, lines: 0, bytes: 0 };
    this.#languages.set(name, row);
    return row;
  }

  #folder(path: string): { files: number; lines: number } {
    const slash = path.indexOf('/');
    const folder = slash < 0 ? '.' : path.slice(0, slash);
    const sums = this.#folders.get(folder) ?? { files: 0, lines: 0 };
    this.#folders.set(folder, sums);
    return sums;
  }
}
