import { z } from 'zod';
import { dependenciesOutput } from '../readers/dependencies.ts';
import { type DocsOutput, docsOutput } from '../readers/docs.ts';
import { type LanguagesOutput, languagesOutput } from '../readers/languages.ts';

export const overviewInput = z.object({
  languages: languagesOutput.pick({ totals: true, by_language: true, folders: true }),
  dependencies: dependenciesOutput.pick({ totals: true, ecosystems: true, licences: true }),
  docs: docsOutput,
});
export type OverviewInput = z.infer<typeof overviewInput>;

export const overviewOutput = z.object({
  summary: z.array(z.string()),
  main_languages: z.array(z.object({ language: z.string(), lines: z.number(), share: z.number() })),
  code_lines: z.number(),
  /** Lines of documentation to one line of code; absent when there is no code. */
  docs_to_code: z.number().optional(),
  parts: z.array(z.object({ folder: z.string(), files: z.number(), lines: z.number(), share: z.number() })),
  licence: z.string(),
  advice: z.array(z.string()),
});
export type OverviewOutput = z.infer<typeof overviewOutput>;

const share = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((1000 * part) / whole) / 1000);

/** What kind of project this is: joins languages, dependencies and documentation. */
export function describeProject(input: OverviewInput): OverviewOutput {
  const { languages, dependencies, docs } = input;
  const code = languages.by_language.filter(({ kind }) => kind === 'code');
  const codeLines = code.reduce((sum, { lines }) => sum + lines, 0);
  const main = code.slice(0, 5).map(({ language, lines }) => ({ language, lines, share: share(lines, codeLines) }));
  const licence = licenceOf(dependencies);
  const ratio = codeLines === 0 ? {} : { docs_to_code: Math.round((1000 * docs.totals.doc_lines) / codeLines) / 1000 };
  return {
    summary: sentences(languages, main, dependencies, docs, licence),
    main_languages: main,
    code_lines: codeLines,
    ...ratio,
    parts: languages.folders.slice(0, 10).map((row) => ({ ...row, share: share(row.lines, languages.totals.lines) })),
    licence,
    advice: advise(dependencies, docs, licence),
  };
}

function licenceOf({ licences }: OverviewInput['dependencies']): string {
  const top = licences.filter(({ source }) => !source.includes('/'));
  const names = [...new Set((top.length > 0 ? top : licences).map(({ licence }) => licence))];
  return names.length === 0 ? 'none found' : names.join(', ');
}

function sentences(
  { totals }: Pick<LanguagesOutput, 'totals'>,
  main: OverviewOutput['main_languages'],
  dependencies: OverviewInput['dependencies'],
  docs: DocsOutput,
  licence: string,
): string[] {
  const written = main.slice(0, 3).map(({ language, share: part }) => `${language} (${Math.round(part * 100)} %)`);
  const ecosystems = dependencies.ecosystems.map((row) => `${row.ecosystem} (${row.runtime + row.development})`);
  return [
    `${totals.tracked_files} tracked files, ${totals.lines} lines of text in ${totals.text_files} of them.`,
    written.length === 0 ? 'No code in a language that this audit knows.' : `Written in ${written.join(', ')}.`,
    ecosystems.length === 0 ? 'No dependency manifests.' : `Declared dependencies: ${ecosystems.join(', ')}.`,
    `Documentation: ${docs.totals.doc_files} files, ${docs.totals.doc_lines} lines. Licence: ${licence}.`,
  ];
}

function advise({ totals, ecosystems }: OverviewInput['dependencies'], docs: DocsOutput, licence: string): string[] {
  const missing = docs.readme?.missing_sections ?? [];
  const wantsLock = ecosystems.some(({ ecosystem }) => ['npm', 'cargo', 'composer', 'rubygems'].includes(ecosystem));
  const advice: readonly (readonly [boolean, string])[] = [
    [docs.readme === undefined, 'Add a README at the top: it is the first and often the only page people read.'],
    [missing.length > 0, `The README has no heading for: ${missing.join(', ')}.`],
    [licence === 'none found', 'Add a licence file: without one nobody may use the code.'],
    [wantsLock && totals.lock_files === 0, 'Commit a lock file, so that two builds take the same dependencies.'],
    [
      totals.unreadable > 0,
      `${totals.unreadable} manifest(s) could not be read; check that their own tools read them.`,
    ],
  ];
  return advice.filter(([holds]) => holds).map(([, text]) => text);
}
