import { z } from 'zod';
import { historyOutput } from '../readers/history.ts';
import { languageOf } from '../readers/language-table.ts';
import { markersOutput } from '../readers/markers.ts';
import { stemOf, testsOutput } from '../readers/tests.ts';

export const riskInput = z.object({
  history: historyOutput.pick({ totals: true, top_authors: true, hot_spots: true }),
  tests: testsOutput.pick({ totals: true, stems: true, stems_complete: true }),
  markers: markersOutput.pick({ totals: true, top_files: true }),
});
export type RiskInput = z.infer<typeof riskInput>;

const severity = z.enum(['high', 'medium', 'low']);

export const riskOutput = z.object({
  /** 0 (nothing found) to 100; each risk adds the weight of its severity. */
  score: z.number().int().min(0).max(100),
  risks: z.array(z.object({ id: z.string(), severity, title: z.string(), evidence: z.string(), advice: z.string() })),
});
export type RiskOutput = z.infer<typeof riskOutput>;
type Risk = RiskOutput['risks'][number];

const WEIGHT = { high: 30, medium: 15, low: 5 } as const;
const ORDER = { high: 0, medium: 1, low: 2 } as const;
/** A history shorter than this says little about who works how. */
const ENOUGH_COMMITS = 20;

const CHECKS: readonly ((input: RiskInput) => Risk | undefined)[] = [
  secretStrings,
  noTests,
  fewTests,
  untestedHotSpots,
  markedHotSpots,
  fewAuthors,
  shallowHistory,
];

/** What could go wrong here: joins history, tests and markers. */
export function findRisks(input: RiskInput): RiskOutput {
  const risks = CHECKS.map((check) => check(input)).filter((risk) => risk !== undefined);
  const score = risks.reduce((sum, risk) => sum + WEIGHT[risk.severity], 0);
  return { score: Math.min(100, score), risks: risks.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]) };
}

function secretStrings({ markers: { totals } }: RiskInput): Risk | undefined {
  if (totals.secrets === 0) return undefined;
  return {
    id: 'secret-strings',
    severity: 'high',
    title: 'Strings that look like secrets',
    evidence: `${totals.secrets} in tracked files, ${totals.secret_samples} more that read like samples.`,
    advice: 'Look at each; what is real has to be revoked, since removing it leaves it in the history.',
  };
}

function noTests({ tests: { totals } }: RiskInput): Risk | undefined {
  if (totals.source_files === 0 || totals.test_files + totals.cases > 0) return undefined;
  return {
    id: 'no-tests',
    severity: 'high',
    title: 'No tests found',
    evidence: `${totals.source_files} source files, no test file and no test case by any pattern of this audit.`,
    advice: 'Begin with a test of the file that changes most often.',
  };
}

function fewTests({ tests: { totals } }: RiskInput): Risk | undefined {
  if (totals.cases === 0 || totals.cases >= totals.source_files) return undefined;
  return {
    id: 'few-tests',
    severity: 'low',
    title: 'Fewer test cases than source files',
    evidence: `${totals.cases} test cases, ${totals.source_files} source files.`,
    advice: 'Add cases where changes are frequent first.',
  };
}

/** Code that is here, is no test, and changed in many of the newest commits. */
const hotSources = ({ history, tests }: RiskInput) =>
  history.hot_spots.files.filter(({ path, changes, tracked }) => {
    const isCode = tracked && languageOf(path).kind === 'code';
    return isCode && changes >= 5 && !(tests.stems.includes(stemOf(path)) && /test|spec/i.test(path));
  });

function untestedHotSpots(input: RiskInput): Risk | undefined {
  const { tests } = input;
  if (!tests.stems_complete || tests.totals.test_files === 0) return undefined;
  const without = hotSources(input).filter(({ path }) => !tests.stems.includes(stemOf(path)));
  if (without.length === 0) return undefined;
  return {
    id: 'untested-hot-spots',
    severity: 'medium',
    title: 'Files that change often have no test of their name',
    evidence: without
      .slice(0, 5)
      .map(({ path, changes }) => `${path} (${changes} changes)`)
      .join(', '),
    advice: 'They may be tested from elsewhere; where they are not, begin here.',
  };
}

function markedHotSpots(input: RiskInput): Risk | undefined {
  const marked = new Map(input.markers.top_files.map(({ path, lines }) => [path, lines]));
  const both = hotSources(input).filter(({ path }) => marked.has(path));
  if (both.length === 0) return undefined;
  return {
    id: 'marked-hot-spots',
    severity: 'medium',
    title: 'Files that change often are also full of to-dos',
    evidence: both.map(({ path }) => `${path} (${marked.get(path) ?? 0} marked lines)`).join(', '),
    advice: 'People keep coming back to these; settle what was left to do.',
  };
}

function fewAuthors({ history: { totals, top_authors } }: RiskInput): Risk | undefined {
  if (totals.commits < ENOUGH_COMMITS || totals.bus_factor > 1) return undefined;
  const first = top_authors[0];
  return {
    id: 'one-author',
    severity: totals.authors === 1 ? 'medium' : 'low',
    title: 'One person made more than half of the commits',
    evidence: `${first?.name ?? 'one author'}: ${first?.commits ?? 0} of ${totals.commits} commits.`,
    advice: 'Have somebody else review and change the most changed files.',
  };
}

function shallowHistory({ history: { totals } }: RiskInput): Risk | undefined {
  if (!totals.shallow) return undefined;
  return {
    id: 'shallow-clone',
    severity: 'low',
    title: 'The clone is shallow',
    evidence: `Only the newest ${totals.commits} commit(s) are here; all numbers of the history are of these.`,
    advice: 'Run `git fetch --unshallow` and audit again.',
  };
}
