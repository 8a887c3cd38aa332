/** From the name of a file to a workflow with its plan. */
import { dirname, extname, relative, resolve } from 'node:path';
import { type Finding, type Plan, TuttiError, WORKFLOW_LIMITS, type WorkflowDefinition } from '@tutti/contracts';
import {
  type FinishedStep,
  inspectWorkflow,
  type PlanOptions,
  planWorkflow,
  readHistory,
  type Sources,
  withHistory,
} from '@tutti/planner';
import { BadFileError } from './explain.ts';
import { templatesBeside } from './template-files.ts';
import { isFile, readLimited } from './text-file.adapter.ts';

export interface CheckedWorkflow {
  /** Undefined when the file has errors. */
  readonly definition: WorkflowDefinition | undefined;
  readonly plan: Plan | undefined;
  /** Everything found, sorted by place. */
  readonly findings: readonly Finding[];
  /** Where in the file steps and edges stand; undefined when the file has errors. */
  readonly sources: Sources | undefined;
}

export interface OpenWorkflow {
  readonly path: string;
  /** The path as messages quote it. */
  readonly name: string;
  /** What paths in the definition are relative to. */
  readonly folder: string;
  readonly definition: WorkflowDefinition;
  readonly plan: Plan;
  /** Warnings and notes. */
  readonly findings: readonly Finding[];
  readonly sources: Sources | undefined;
}

/** The name that places quote: relative where that is shorter, so that editors can open it. */
export function nameOf(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short !== '' && !short.startsWith('..') ? short : path;
}

const NOTHING = { definition: undefined, plan: undefined, sources: undefined };

/** Events of past runs: some 300,000 finished steps. */
const HISTORY_BYTES = 64 * 2 ** 20;

export type Past = Pick<PlanOptions, 'history'>;

/** The finished steps of a file that `tutti events --output json` was written to. Rejects with `bad_file`. */
export async function historyOf(file: string, cwd: string): Promise<FinishedStep[]> {
  const path = resolve(cwd, file);
  const name = nameOf(path, cwd);
  const bytes = await readLimited(path, HISTORY_BYTES, name);
  return readHistory(new TextDecoder().decode(bytes), { file: name });
}

function planned(
  written: WorkflowDefinition,
  findings: readonly Finding[],
  sources: Sources | undefined,
  past: Past,
): CheckedWorkflow {
  const definition = past.history === undefined ? written : withHistory(written, past.history);
  try {
    const plan = planWorkflow(written, { ...past, ...(sources === undefined ? {} : { sources }) });
    return { definition, plan, findings, sources };
  } catch (error) {
    const found = error instanceof TuttiError ? error.details?.findings : undefined;
    if (!Array.isArray(found)) throw error;
    return { ...NOTHING, findings: [...findings, ...(found as Finding[])] };
  }
}

/** The size of a file that is too large to be read; any other reason goes on. */
function sizeOf(error: unknown): number {
  const bytes = error instanceof TuttiError ? error.details?.bytes : undefined;
  if (typeof bytes !== 'number') throw error;
  return bytes;
}

const tooLarge = (file: string, bytes: number): Finding => ({
  ...{ code: 'file_too_large', severity: 'error', file, line: 1, col: 1 },
  message: `the file has ${bytes} bytes; the limit is ${WORKFLOW_LIMITS.fileBytes}`,
  suggestion: 'split the workflow or move data out of it',
});

/** What can export agents, and is given in the place of a workflow easily. */
const MODULES: readonly string[] = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

function assertNoModule(path: string, name: string): void {
  if (!MODULES.includes(extname(path))) return;
  const instead = 'name it under `agents:` of a workflow file (.yaml, .json), or give it to `tutti agent start`';
  throw new TuttiError('bad_file', `${name} is a module, and no workflow: ${instead}`);
}

/** Reads and checks a file. Rejects with `bad_file` only when it cannot be read at all. */
export async function checkWorkflow(file: string, cwd: string, past: Past = {}): Promise<CheckedWorkflow> {
  const path = resolve(cwd, file);
  const name = nameOf(path, cwd);
  assertNoModule(path, name);
  const bytes = await readLimited(path, WORKFLOW_LIMITS.fileBytes, name).catch(sizeOf);
  if (typeof bytes === 'number') return { ...NOTHING, findings: [tooLarge(name, bytes)] };
  const folder = dirname(path);
  const look = { readTemplate: templatesBeside(folder), hasFile: (named: string) => isFile(resolve(folder, named)) };
  const { definition, findings, sources } = inspectWorkflow(bytes, { file: name, ...look });
  return definition === undefined ? { ...NOTHING, findings } : planned(definition, findings, sources, past);
}

/** As `checkWorkflow`, for a workflow that is to be planned or run: rejects with all findings when it has errors. */
export async function openWorkflow(file: string, cwd: string, past: Past = {}): Promise<OpenWorkflow> {
  const path = resolve(cwd, file);
  const { definition, plan, findings, sources } = await checkWorkflow(file, cwd, past);
  if (definition === undefined || plan === undefined) throw new BadFileError(nameOf(path, cwd), findings);
  return { path, name: nameOf(path, cwd), folder: dirname(path), definition, plan, findings, sources };
}
