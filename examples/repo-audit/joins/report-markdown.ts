import { code, counted, list, percent, plain, table } from './markdown.ts';
import type { Audit, Findings } from './report.ts';

type Section = (findings: Findings) => string | undefined;

const SECTIONS: readonly (readonly [string, Section])[] = [
  ['What it is', overview],
  ['Risks', risks],
  ['Languages', languages],
  ['Dependencies and licences', dependencies],
  ['History', history],
  ['Tests', tests],
  ['To-dos and secret-like strings', markers],
  ['Documentation', docs],
];

/** Where a licence is said, before the rest is only counted. */
const MAX_SOURCES = 3;

/** The report for people. */
export function asMarkdown(audit: Audit): string {
  const commit = audit.head === null ? 'no commit yet' : `commit ${code(audit.head)}`;
  const sections = SECTIONS.map(([title, write]) => {
    return `## ${title}\n\n${write(audit.findings) ?? 'This part of the audit gave no result.\n'}`;
  });
  const checks = audit.definitions.map(({ name, value, meaning, command }) => {
    return `**${name}: ${value}.** ${meaning}\n  ${code(command)}`;
  });
  return [
    `# Audit of ${code(audit.root)}\n\nOf ${commit} and its working tree, made with git alone: no model, no network.\n`,
    ...sections,
    '## How to check the numbers\n\nAt the top of the repository, with its working tree as it was:\n',
    list(checks),
  ].join('\n');
}

function overview({ overview: found }: Findings): string | undefined {
  if (found === undefined) return undefined;
  const rows = found.parts.map((row) => [code(row.folder), row.files, row.lines, percent(row.share)]);
  const ratio =
    found.docs_to_code === undefined ? '' : `\nDocumentation to code: ${found.docs_to_code} lines to one.\n`;
  const folders = table(['Folder', 'Files', 'Lines', 'Share'], rows);
  return `${list(found.summary.map(plain))}${ratio}\n${folders}\nAdvice:\n\n${list(found.advice.map(plain))}`;
}

function risks({ risk }: Findings): string | undefined {
  if (risk === undefined) return undefined;
  const rows = risk.risks.map((row) => [row.severity, plain(row.title), plain(row.evidence), plain(row.advice)]);
  return `Score ${risk.score} of 100; 0 is nothing found.\n\n${table(['Severity', 'Risk', 'Evidence', 'Advice'], rows)}`;
}

function languages({ languages: found }: Findings): string | undefined {
  if (found === undefined) return undefined;
  const { totals } = found;
  const rows = found.by_language.map((row) => [plain(row.language), row.kind, row.files, row.text_files, row.lines]);
  const links = `${counted(totals.symlinks, 'symlink')}, ${counted(totals.submodules, 'submodule')}`;
  const text = `${totals.text_files} of them text with **${counted(totals.lines, 'line')}**`;
  return [
    `**${counted(totals.tracked_files, 'tracked file')}**, ${text}; ${links}, ${totals.without_text} binary, empty or missing.\n`,
    table(['Language', 'Kind', 'Files', 'With text', 'Lines'], rows),
    table(
      ['Largest file', 'Lines'],
      found.largest_files.map(({ path, lines }) => [code(path), lines]),
    ),
  ].join('\n');
}

function dependencies({ dependencies: found }: Findings): string | undefined {
  if (found === undefined) return undefined;
  const { totals } = found;
  const rows = found.ecosystems.map((row) => [row.ecosystem, row.manifests, row.runtime, row.development]);
  const left = `${totals.vendored} of vendored code, ${totals.unreadable} unreadable, ${totals.left_out} beyond the limit`;
  const asked = `${totals.dependencies} declared dependencies in ${counted(totals.manifests, 'manifest')}`;
  return [
    `${asked}, ${counted(totals.lock_files, 'lock file')}. Manifests not counted: ${left}.\n`,
    table(['Ecosystem', 'Manifests', 'Runtime', 'Development'], rows),
    table(['Licence', 'Said by'], licences(found)),
  ].join('\n');
}

function licences(found: NonNullable<Findings['dependencies']>): string[][] {
  const names = [...new Set(found.licences.map(({ licence }) => licence))];
  return names.map((name) => {
    const sources = found.licences.filter(({ licence }) => licence === name).map(({ source }) => code(source));
    const more = sources.length > MAX_SOURCES ? ` and ${sources.length - MAX_SOURCES} more` : '';
    return [plain(name), `${sources.slice(0, MAX_SOURCES).join(', ')}${more}`];
  });
}

function history({ history: found }: Findings): string | undefined {
  if (found === undefined) return undefined;
  const { totals, period } = found;
  if (period === undefined) return 'No commit yet.\n';
  const span = `from ${period.first} to ${period.last}${totals.shallow ? ', in a shallow clone' : ''}`;
  const authors = found.top_authors.map((row) => [plain(row.name), row.commits, percent(row.share)]);
  const files = found.hot_spots.files.map((row) => [code(row.path), row.changes, row.tracked ? '' : 'no longer there']);
  const exact = found.hot_spots.exact ? '' : ' Rarely changed files were forgotten on the way: counts may be too low.';
  const made = `**${counted(totals.commits, 'commit')}** by ${counted(totals.authors, 'author')}`;
  return [
    `${made}, ${span}. Bus factor ${totals.bus_factor}: so many authors made more than half of the commits.\n`,
    table(['Author', 'Commits', 'Share'], authors),
    `Most changed files, newest commits first up to ${found.hot_spots.commits}.${exact}\n`,
    table(['File', 'Changes', ''], files),
  ].join('\n');
}

function tests({ tests: found }: Findings): string | undefined {
  if (found === undefined) return undefined;
  const { totals } = found;
  const rows = found.by_language.map((row) => [row.language, row.files_with_cases, row.cases]);
  const commands = found.by_language.map(({ language, command }) => `${language}: ${code(command)}`);
  const files = `${counted(totals.test_files, 'test file')} beside ${counted(totals.source_files, 'source file')}`;
  return [
    `${files}; **${counted(totals.cases, 'test case')}** by how they begin.\n`,
    table(['Language', 'Files with cases', 'Cases'], rows),
    `Counted by:\n\n${list(commands)}`,
  ].join('\n');
}

function markers({ markers: found }: Findings): string | undefined {
  if (found === undefined) return undefined;
  const { totals } = found;
  const secrets = found.secrets.map((hit) => {
    return [`${code(hit.path)}:${hit.line}`, hit.kind, plain(hit.redacted), hit.sample ? 'reads like a sample' : ''];
  });
  const strings = `${counted(totals.secrets, 'secret-like string')}, ${totals.secret_samples} more that read like samples`;
  return [
    `${counted(totals.marked_lines, 'marked line')} in ${counted(totals.files, 'file')}.\n`,
    table(
      ['Marker', 'Lines', 'Files'],
      found.by_marker.map(({ marker, lines, files }) => [marker, lines, files]),
    ),
    `Most marked files:\n`,
    table(
      ['File', 'Marked lines'],
      found.top_files.map(({ path, lines }) => [code(path), lines]),
    ),
    `${strings}; the first ${secrets.length}, redacted:\n`,
    table(['Place', 'Kind', 'Begins', ''], secrets),
  ].join('\n');
}

function docs({ docs: found }: Findings): string | undefined {
  if (found === undefined) return undefined;
  const { totals, readme } = found;
  const amount = `${counted(totals.doc_files, 'documentation file')} with ${counted(totals.doc_lines, 'line')}`;
  const readmeName = readme === undefined ? 'none' : code(readme.path);
  const headings = readme === undefined ? '' : `\nHeadings of the README:\n\n${list(readme.headings.map(plain))}`;
  const folder = `${counted(totals.docs_folder_files, 'file')} in a docs folder`;
  return `${amount} and ${counted(totals.headings, 'heading')}; ${folder}. README: ${readmeName}.\n${headings}`;
}
