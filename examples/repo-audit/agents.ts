import { join } from 'node:path';
import { defineAgent } from '@tutti/agent';
import { z } from 'zod';
import { openRepository, type Repository } from './git/repository.ts';
import { describeProject, overviewInput, overviewOutput } from './joins/overview.ts';
import { assemble, findings, reportOutput } from './joins/report.ts';
import { asMarkdown } from './joins/report-markdown.ts';
import { findRisks, riskInput, riskOutput } from './joins/risk.ts';
import type { Work } from './readers/call.ts';
import { dependenciesOutput, readDependencies } from './readers/dependencies.ts';
import { docsOutput, readDocs } from './readers/docs.ts';
import { historyOutput, readHistory } from './readers/history.ts';
import { languagesOutput, readLanguages } from './readers/languages.ts';
import { markersOutput, readMarkers } from './readers/markers.ts';
import { readTests, testsOutput } from './readers/tests.ts';
import { writeWhole } from './write-report.adapter.ts';

const place = z.object({ repo: z.string().min(1).default('.') });

/** An agent that reads the repository and nothing else: six of these run at the same time. */
const reader = <Found>(
  name: string,
  output: z.ZodType<Found>,
  read: (repository: Repository, work: Work) => Promise<Found>,
) =>
  defineAgent({
    name,
    input: place,
    output,
    async run({ input, signal, progress }) {
      return read(await openRepository(input.repo, signal), { signal, progress });
    },
  });

export const languages = reader('languages', languagesOutput, readLanguages);
export const dependencies = reader('dependencies', dependenciesOutput, readDependencies);
export const history = reader('history', historyOutput, readHistory);
export const tests = reader('tests', testsOutput, readTests);
export const markers = reader('markers', markersOutput, readMarkers);
export const docs = reader('docs', docsOutput, readDocs);

export const overview = defineAgent({
  name: 'overview',
  input: overviewInput,
  output: overviewOutput,
  async run({ input }) {
    return describeProject(input);
  },
});

export const risk = defineAgent({
  name: 'risk',
  input: riskInput,
  output: riskOutput,
  async run({ input }) {
    return findRisks(input);
  },
});

export const report = defineAgent({
  name: 'report',
  input: z.object({ ...place.shape, out: z.string().min(1).default('out/repo-audit'), ...findings.shape }),
  output: reportOutput,
  async run({ input, signal, progress, idempotencyKey, attempt }) {
    const { repo, out, ...found } = input;
    const { root, head } = await openRepository(repo, signal);
    const audit = assemble(root, head, found);
    progress(0.5, `writing to ${out}`);
    const writer = `${idempotencyKey}-${attempt}`;
    const json = `${JSON.stringify(audit, null, 2)}\n`;
    const files = {
      markdown: await writeWhole(join(out, 'report.md'), asMarkdown(audit), writer, signal),
      json: await writeWhole(join(out, 'report.json'), json, writer, signal),
    };
    return { files, summary: audit.findings.overview?.summary ?? [], missing: [...audit.missing] };
  },
});
