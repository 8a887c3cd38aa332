import { z } from 'zod';
import { dependenciesOutput } from '../readers/dependencies.ts';
import { docsOutput } from '../readers/docs.ts';
import { historyOutput } from '../readers/history.ts';
import { languagesOutput } from '../readers/languages.ts';
import { markersOutput } from '../readers/markers.ts';
import { testsOutput } from '../readers/tests.ts';
import { type Definition, definitions } from './definitions.ts';
import { overviewOutput } from './overview.ts';
import { riskOutput } from './risk.ts';

/** Every finding may be missing: a run that goes on with partial results still gets the report of what there is. */
export const findings = z.object({
  languages: languagesOutput.optional(),
  dependencies: dependenciesOutput.optional(),
  history: historyOutput.optional(),
  tests: testsOutput.optional(),
  markers: markersOutput.optional(),
  docs: docsOutput.optional(),
  risk: riskOutput.optional(),
  overview: overviewOutput.optional(),
});
export type Findings = z.infer<typeof findings>;

export const reportOutput = z.object({
  files: z.object({ markdown: z.string(), json: z.string() }),
  summary: z.array(z.string()),
  /** Names of findings that were not there. */
  missing: z.array(z.string()),
});
export type ReportOutput = z.infer<typeof reportOutput>;

/** The whole audit as data; `report.json` is this, `report.md` is made from it. */
export interface Audit {
  readonly root: string;
  readonly head: string | null;
  readonly findings: Findings;
  readonly missing: readonly string[];
  readonly definitions: readonly Definition[];
}

/** Joins all findings into one audit. */
export function assemble(root: string, head: string | undefined, input: Findings): Audit {
  const names = Object.keys(findings.shape) as (keyof Findings)[];
  const found = Object.fromEntries(names.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])));
  const missing = names.filter((name) => input[name] === undefined);
  return { root, head: head ?? null, findings: found, missing, definitions: definitions(found) };
}
