import { z } from 'zod';
import { grepCounts, type Repository, trackedPaths } from '../git/repository.ts';
import { shown, type Work } from './call.ts';
import { countTextFiles } from './count-lines.ts';
import { readText } from './read-file.ts';

const count = z.number().int().nonnegative();
const MAX_HEADINGS = 60;
const MAX_HEADING_CHARS = 200;
const README = /^readme(\.[a-z]+)?$/i;
const DOCS_FOLDER = /^docs?\//i;
/** Text for people; some tools keep their lists in files that are only called so. */
const DOC_FILES = [
  ...['*.md', '*.mdx', '*.markdown', '*.rst', '*.adoc', '*.txt'],
  ...[':(exclude)*requirements*.txt', ':(exclude)*CMakeLists.txt'],
];
const HEADING = '^#{1,6} ';

/** What a reader of a README looks for, and the words by which its heading is known. */
const EXPECTED: readonly (readonly [string, RegExp])[] = [
  ['install', /install|set.?up|getting started|quick ?start/i],
  ['usage', /usage|use|how to|example|run|getting started|quick ?start/i],
  ['contributing', /contribut|develop/i],
  ['licence', /licen[cs]e/i],
];

export const docsOutput = z.object({
  totals: z.object({
    doc_files: count,
    /** Newline characters in the documentation files that git takes for text. */
    doc_lines: count,
    /** Files below `docs/` or `doc/` at the top. */
    docs_folder_files: count,
    /** `git grep -I -c -E -e '^#{1,6} ' -- '*.md'`, summed; a comment in a code block may be counted with them. */
    headings: count,
  }),
  readme: z
    .object({
      path: z.string(),
      lines: count,
      headings: z.array(z.string()),
      missing_sections: z.array(z.string()),
    })
    .optional(),
});
export type DocsOutput = z.infer<typeof docsOutput>;

/** Reads what documentation there is. */
export async function readDocs(repository: Repository, work: Work): Promise<DocsOutput> {
  work.progress(0, 'looking for documentation');
  const { readme, folderFiles } = await findDocs(repository, work.signal);
  const totals = { doc_files: 0, doc_lines: 0, docs_folder_files: folderFiles, headings: 0 };
  work.progress(0.3, 'counting lines of documentation');
  await countTextFiles(repository, DOC_FILES, work.signal, ({ lines }) => {
    totals.doc_files += 1;
    totals.doc_lines += lines;
  });
  work.progress(0.7, 'counting headings');
  const headings = grepCounts(repository, ['-E', '-e', HEADING, '--', '*.md'], work.signal);
  for await (const { lines } of headings) totals.headings += lines;
  const text = readme === undefined ? undefined : await readText(repository, readme);
  return readme === undefined || text === undefined ? { totals } : { totals, readme: describeReadme(readme, text) };
}

async function findDocs(repository: Repository, signal: AbortSignal) {
  let readme: string | undefined;
  let folderFiles = 0;
  for await (const bytes of trackedPaths(repository, signal)) {
    const path = shown(bytes);
    if (DOCS_FOLDER.test(path)) folderFiles += 1;
    // Of several, Markdown is what a forge shows.
    if (README.test(path) && (readme === undefined || /\.md$/i.test(path))) readme = path;
  }
  return { readme, folderFiles };
}

function describeReadme(path: string, text: string): NonNullable<DocsOutput['readme']> {
  const headings = headingsOf(text).slice(0, MAX_HEADINGS);
  const missing = EXPECTED.filter(([, words]) => !headings.some((heading) => words.test(heading)));
  const lines = text.split('\n').length - 1;
  return { path, lines, headings, missing_sections: missing.map(([section]) => section) };
}

/** The headings outside code blocks, of both of Markdown's forms. */
function headingsOf(text: string): string[] {
  const headings: string[] = [];
  let fence: string | undefined;
  let previous = '';
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd().slice(0, MAX_HEADING_CHARS);
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1];
    if (mark !== undefined && (fence ?? mark) === mark) fence = fence === undefined ? mark : undefined;
    const title =
      fence !== undefined ? undefined : /^(=+|-{3,})$/.test(line) ? previous : /^#{1,6} +(.*)$/.exec(line)?.[1];
    if (title !== undefined && title.trim() !== '') headings.push(title.replace(/[ #]+$/, '').trim());
    previous = fence === undefined ? line : '';
  }
  return headings;
}
