/** What a run left: where a person finds it. */
import { open, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { Client } from '@tutti/client';
import { INPUTS_ROOT, type RunInputs, type RunView, TuttiError, type WorkflowJson } from '@tutti/contracts';
import { conflictLines, decidedBy, UNDECIDED } from './render/conflict-lines.ts';

import { plural } from './text/units.ts';
import { isFolder } from './text-file.adapter.ts';

export interface ResultsOptions {
  readonly client: Client;
  readonly run: string;
  readonly inputs: RunInputs;
  readonly cwd: string;
  /** Where to write the whole context as JSON. */
  readonly file: string | undefined;
  /** Of a run that can be fetched later, too: the options by which commands find its cluster. */
  readonly where: string | undefined;
}

/** The input by which workflows name the folder they write documents to. */
const FOLDER_INPUT = 'out';

const isObject = (value: WorkflowJson | undefined): value is { readonly [key: string]: WorkflowJson } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Refuses a result file that cannot be written, before anything runs. */
export async function assertWritable(file: string | undefined, cwd: string): Promise<void> {
  if (file === undefined) return;
  try {
    await (await open(resolve(cwd, file), 'a')).close();
  } catch (cause) {
    throw new TuttiError('unwritable', `Cannot write the result to ${file}`, { cause });
  }
}

export interface RunLeft {
  /** The context but for the inputs; the open conflicts of the run, if any, under `$conflicts`. */
  readonly written: { readonly [root: string]: unknown };
  /** Without the conflicts. */
  readonly results: { readonly [root: string]: WorkflowJson };
  readonly view: RunView;
}

/** What a run has left in its context. */
export async function leftBy(client: Pick<Client, 'context' | 'status'>, run: string): Promise<RunLeft> {
  const [{ values }, view] = await Promise.all([client.context(run, ['']), client.status(run)]);
  const context = values[''] ?? {};
  const { [INPUTS_ROOT]: _, ...results } = isObject(context) ? context : {};
  const conflicts = view.conflicts.filter(({ resolved }) => resolved === undefined);
  // No agent or step can have this name.
  return { results, view, written: conflicts.length === 0 ? results : { ...results, $conflicts: conflicts } };
}

export const writeResult = (file: string, cwd: string, { written }: RunLeft): Promise<void> =>
  writeFile(resolve(cwd, file), `${JSON.stringify(written, null, 2)}\n`);

/** Lines for the end of the summary; writes the result file when one was asked for. */
export async function tellResults(options: ResultsOptions): Promise<readonly string[]> {
  const { client, run, inputs, cwd, file, where } = options;
  const left = await leftBy(client, run);
  if (file !== undefined) await writeResult(file, cwd, left);
  const isRemote = where !== undefined;
  const how = isRemote ? `\`tutti result ${run} --result FILE\` writes them` : '--result FILE writes them';
  const conflicts = conflictLines(left.view.conflicts, isRemote ? decidedBy(run, where) : UNDECIDED);
  return [...documents(inputs, cwd), outputs(left.results, file, how), ...conflicts];
}

function documents(inputs: RunInputs, cwd: string): readonly string[] {
  const folder = inputs[FOLDER_INPUT];
  if (typeof folder !== 'string' || folder === '' || !isFolder(resolve(cwd, folder))) return [];
  return [`documents      ${relative(cwd, resolve(cwd, folder)) || '.'}`];
}

const MOST_ROOTS = 8;

/** What there is, in a line; `how` says how to have it, where it was not written to a file. */
export function outputs(results: RunLeft['results'], file: string | undefined, how: string): string {
  const roots = Object.entries(results).map(([root, value]) => {
    const count = isObject(value) ? Object.keys(value).length : 1;
    return `${root} (${plural(count, 'value')})`;
  });
  const told = roots.length === 0 ? 'none' : roots.slice(0, MOST_ROOTS).join(', ');
  const more = roots.length > MOST_ROOTS ? `, and ${roots.length - MOST_ROOTS} more` : '';
  return `outputs        ${told}${more}${file === undefined ? `; ${how}` : `, written to ${file}`}`;
}
