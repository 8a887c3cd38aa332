/** From the name of a file to a workflow with its plan. */
import { dirname, relative, resolve } from 'node:path';
import { type Finding, type Plan, TuttiError, WORKFLOW_LIMITS, type WorkflowDefinition } from '@tutti/contracts';
import { inspectWorkflow, planWorkflow, type Sources } from '@tutti/planner';
import { BadFileError } from './explain.ts';
import { readLimited } from './text-file.adapter.ts';

export interface CheckedWorkflow {
  /** Undefined when the file has errors. */
  readonly definition: WorkflowDefinition | undefined;
  readonly plan: Plan | undefined;
  /** Everything found, sorted by place. */
  readonly findings: readonly Finding[];
}

export interface OpenWorkflow {
  readonly path: string;
  /** What paths in the definition are relative to. */
  readonly folder: string;
  readonly definition: WorkflowDefinition;
  readonly plan: Plan;
  /** Warnings and notes. */
  readonly findings: readonly Finding[];
}

/** The name that places quote: relative where that is shorter, so that editors can open it. */
function nameOf(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short !== '' && !short.startsWith('..') ? short : path;
}

function planned(definition: WorkflowDefinition, findings: readonly Finding[], sources?: Sources): CheckedWorkflow {
  try {
    return { definition, plan: planWorkflow(definition, sources === undefined ? {} : { sources }), findings };
  } catch (error) {
    const found = error instanceof TuttiError ? error.details?.findings : undefined;
    if (!Array.isArray(found)) throw error;
    return { definition: undefined, plan: undefined, findings: [...findings, ...(found as Finding[])] };
  }
}

/** Reads and checks a file. Rejects with `bad_file` only when it cannot be read at all. */
export async function checkWorkflow(file: string, cwd: string): Promise<CheckedWorkflow> {
  const path = resolve(cwd, file);
  const name = nameOf(path, cwd);
  const bytes = await readLimited(path, WORKFLOW_LIMITS.fileBytes, name);
  const { definition, findings, sources } = inspectWorkflow(bytes, { file: name });
  return definition === undefined ? { definition, plan: undefined, findings } : planned(definition, findings, sources);
}

/** As `checkWorkflow`, for a workflow that is to be planned or run: rejects with all findings when it has errors. */
export async function openWorkflow(file: string, cwd: string): Promise<OpenWorkflow> {
  const path = resolve(cwd, file);
  const { definition, plan, findings } = await checkWorkflow(file, cwd);
  if (definition === undefined || plan === undefined) throw new BadFileError(nameOf(path, cwd), findings);
  return { path, folder: dirname(path), definition, plan, findings };
}
