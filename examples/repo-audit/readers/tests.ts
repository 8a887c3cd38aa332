import { z } from 'zod';
import { grepCounts, type Repository, trackedPaths } from '../git/repository.ts';
import { baseName, shown, type Work } from './call.ts';
import { languageOf } from './language-table.ts';

const count = z.number().int().nonnegative();
const MAX_STEMS = 1000;

export const testsOutput = z.object({
  totals: z.object({
    /** Tracked code files that are tests by their name or folder. */
    test_files: count,
    /** Tracked code files that are not. */
    source_files: count,
    /** Lines that begin a test case, by the patterns of `by_language`. */
    cases: count,
  }),
  by_language: z.array(z.object({ language: z.string(), files_with_cases: count, cases: count, command: z.string() })),
  /** Names of test files without `test` and ending, to tell which sources have a test of their name. */
  stems: z.array(z.string()),
  stems_complete: z.boolean(),
});
export type TestsOutput = z.infer<typeof testsOutput>;

/** How a test case begins, in POSIX extended regular expressions, so that `git grep -E` counts the same by hand. */
const CASES: readonly { readonly language: string; readonly pattern: string; readonly files: readonly string[] }[] = [
  {
    language: 'JavaScript and TypeScript',
    pattern: '^[[:space:]]*(it|test)(\\.[a-zA-Z]+)*\\(',
    files: ['*.js', '*.jsx', '*.mjs', '*.cjs', '*.ts', '*.tsx', '*.mts', '*.cts'],
  },
  { language: 'Python', pattern: '^[[:space:]]*(async )?def test_', files: ['*.py'] },
  { language: 'Go', pattern: '^func (Test|Fuzz|Benchmark)[A-Z_]', files: ['*_test.go'] },
  { language: 'Rust', pattern: '^[[:space:]]*#\\[([a-z_]+::)*test(\\(|\\])', files: ['*.rs'] },
  { language: 'Java and Kotlin', pattern: '^[[:space:]]*@(Test|ParameterizedTest)', files: ['*.java', '*.kt'] },
  { language: 'C#', pattern: '^[[:space:]]*\\[(Fact|Theory|Test|TestMethod)[](,]', files: ['*.cs'] },
  { language: 'Ruby', pattern: '^[[:space:]]*(it |test |def test_)', files: ['*_spec.rb', '*_test.rb', 'test_*.rb'] },
  { language: 'PHP', pattern: '^[[:space:]]*public function test', files: ['*Test.php'] },
  {
    language: 'C and C++',
    pattern: '^[[:space:]]*(TEST|TEST_F|TEST_P|TEST_CASE)[ (]',
    files: ['*.c', '*.cc', '*.cpp'],
  },
];

const TEST_FOLDER = /(^|\/)(tests?|__tests__|specs?|testing)\//i;
const TEST_NAME =
  /(^tests?[_.-])|([_.-](test|tests|spec|specs)\.[^.]+$)|((Test|Tests|Spec|IT)\.(java|kt|cs|php|scala|swift)$)/;

/** True when a file's name or a folder above it says that it is a test. */
export const isTestPath = (path: string): boolean => TEST_NAME.test(baseName(path)) || TEST_FOLDER.test(path);

/** The name of a source file that a test of this name would be about. */
export const stemOf = (path: string): string =>
  baseName(path)
    .replace(/\.[^.]+$/, '')
    .replace(/^tests?[_.-]|[_.-](tests?|specs?)$|(Tests?|Spec|IT)$/g, '')
    .toLowerCase();

/** Counts test files by name and test cases by how they begin. */
export async function readTests(repository: Repository, work: Work): Promise<TestsOutput> {
  const stems = new Set<string>();
  const totals = { test_files: 0, source_files: 0, cases: 0 };
  work.progress(0, 'looking for test files');
  for await (const bytes of trackedPaths(repository, work.signal)) {
    const path = shown(bytes);
    if (languageOf(path).kind !== 'code') continue;
    if (!isTestPath(path)) totals.source_files += 1;
    else {
      totals.test_files += 1;
      stems.add(stemOf(path));
    }
  }
  const byLanguage: TestsOutput['by_language'] = [];
  for (const [index, row] of CASES.entries()) {
    work.progress((index + 1) / (CASES.length + 1), `test cases in ${row.language}`);
    const found = await countCases(repository, row, work.signal);
    totals.cases += found.cases;
    if (found.cases > 0) byLanguage.push({ language: row.language, ...found });
  }
  const kept = [...stems].slice(0, MAX_STEMS);
  return { totals, by_language: byLanguage, stems: kept, stems_complete: kept.length === stems.size };
}

async function countCases(repository: Repository, row: (typeof CASES)[number], signal: AbortSignal) {
  let files = 0;
  let cases = 0;
  for await (const { lines } of grepCounts(repository, ['-E', '-e', row.pattern, '--', ...row.files], signal)) {
    files += 1;
    cases += lines;
  }
  const names = row.files.map((file) => `'${file}'`).join(' ');
  return { files_with_cases: files, cases, command: `git grep -I -c -E -e '${row.pattern}' -- ${names}` };
}
