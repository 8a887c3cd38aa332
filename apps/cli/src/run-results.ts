/** What a run left: where a person finds it. */
import { open, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { Client } from '@tutti/client';
import { INPUTS_ROOT, TuttiError, type WorkflowJson } from '@tutti/contracts';
import { conflictLines } from './render/conflict-lines.ts';
import type { RunInputs } from './run-inputs.ts';
import { plural } from './text/units.ts';
import { isFolder } from './text-file.adapter.ts';

export interface ResultsOptions {
  readonly client: Client;
  readonly run: string;
  readonly inputs: RunInputs;
  readonly cwd: string;
  /** Where to write the whole context as JSON. */
  readonly file: string | undefined;
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

/** Lines for the end of the summary; writes the result file when one was asked for. */
export async function tellResults({ client, run, inputs, cwd, file }: ResultsOptions): Promise<readonly string[]> {
  const [{ values }, { conflicts }] = await Promise.all([client.context(run, ['']), client.status(run)]);
  const context = values[''] ?? {};
  const { [INPUTS_ROOT]: _, ...results } = isObject(context) ? context : {};
  // No agent or step can have this name.
  const written = conflicts.length === 0 ? results : { ...results, $conflicts: conflicts };
  if (file !== undefined) await writeFile(resolve(cwd, file), `${JSON.stringify(written, null, 2)}\n`);
  return [...documents(inputs, cwd), outputs(results, file), ...conflictLines(conflicts)];
}

function documents(inputs: RunInputs, cwd: string): readonly string[] {
  const folder = inputs[FOLDER_INPUT];
  if (typeof folder !== 'string' || folder === '' || !isFolder(resolve(cwd, folder))) return [];
  return [`documents      ${relative(cwd, resolve(cwd, folder)) || '.'}`];
}

const MOST_ROOTS = 8;

function outputs(results: { readonly [root: string]: WorkflowJson }, file: string | undefined): string {
  const roots = Object.entries(results).map(([root, value]) => {
    const count = isObject(value) ? Object.keys(value).length : 1;
    return `${root} (${plural(count, 'value')})`;
  });
  const told = roots.length === 0 ? 'none' : roots.slice(0, MOST_ROOTS).join(', ');
  const more = roots.length > MOST_ROOTS ? `, and ${roots.length - MOST_ROOTS} more` : '';
  return `outputs        ${told}${more}${file === undefined ? '; --result FILE writes them' : `, written to ${file}`}`;
}
