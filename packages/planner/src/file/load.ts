import type { Finding, WorkflowDefinition } from '@tutti/contracts';
import { convertIfNeeded } from '../convert/convert.ts';
import { checkDefinition } from '../graph/check.ts';
import { lintDefinition } from '../lint/lint.ts';
import { findSecrets } from '../lint/secrets.ts';
import { checkFile } from './check.ts';
import { compileFile } from './compile.ts';
import { findingList } from './findings.ts';
import { refusal } from './refusal.ts';
import type { ReadTemplate, Sources } from './resolution.ts';
import { readYaml, type YamlValue } from './yaml.ts';

export interface LoadedWorkflow {
  readonly definition: WorkflowDefinition;
  /** Warnings and notes; a file with errors does not load. */
  readonly findings: readonly Finding[];
  readonly sources: Sources;
}

export interface InspectedWorkflow {
  /** Undefined when the file has errors. */
  readonly definition: WorkflowDefinition | undefined;
  readonly findings: readonly Finding[];
  readonly sources: Sources | undefined;
}

export interface LoadOptions {
  /** The name that places quote. */
  readonly file: string;
  /** Reads the templates that steps name (`template: prompts/pm.liquid`); without it, what they read is not known. */
  readonly readTemplate?: ReadTemplate;
  /** Looks for the files of agents that the workflow names, without loading them; without it, they are taken on trust. */
  readonly hasFile?: (path: string) => boolean;
}

/** Text → definition and every finding, sorted by place. Never throws for what a file may contain. */
export function inspectWorkflow(text: string | Uint8Array, options: LoadOptions): InspectedWorkflow {
  const { file, readTemplate, hasFile } = options;
  const findings = findingList(file);
  const nothing = () => ({ definition: undefined, findings: findings.list(), sources: undefined });
  const original = readYaml(text, findings);
  if (original === undefined) return nothing();
  findSecrets(original.value, original.locate, findings);
  const read = convertIfNeeded(original, findings);
  if (read === undefined) return nothing();
  const checked = checkFile(withVersionAsWritten(read), read.locate, findings);
  if (checked === undefined) return nothing();
  const { locate, locateInside } = read;
  const compiled = compileFile(checked.file, { locate, locateInside, readTemplate, hasFile }, findings);
  if (compiled === undefined) return nothing();
  const { graph, order } = checkDefinition(compiled.definition, findings, compiled.sources);
  // Also of a file with errors: who corrects it wants to see everything at once.
  lintDefinition(compiled.definition, findings, { graph, order }, compiled.sources);
  if (findings.hasErrors() || checked.pruned) return nothing();
  return { definition: compiled.definition, findings: findings.list(), sources: compiled.sources };
}

/** A version is a name: `1.10` means "1.10", though as a number it would be 1.1. */
function withVersionAsWritten({ value, written }: YamlValue): YamlValue['value'] {
  const { workflow } = value;
  if (typeof workflow !== 'object' || workflow === null || !('version' in workflow)) return value;
  const version = typeof workflow.version === 'number' ? written(['workflow', 'version']) : undefined;
  return version === undefined ? value : { ...value, workflow: { ...workflow, version } };
}

/** As `inspectWorkflow`, for a file that is to be run: throws `bad_file` or `unplannable` with `details.findings`. */
export function loadWorkflow(text: string | Uint8Array, options: LoadOptions): LoadedWorkflow {
  const { definition, findings, sources } = inspectWorkflow(text, options);
  if (definition === undefined || sources === undefined) throw refusal(findings, options.file);
  return { definition, findings, sources };
}

/** All findings of a loaded workflow, advice included. */
export const lintWorkflow = (loaded: LoadedWorkflow): readonly Finding[] => loaded.findings;
