import { type Finding, TuttiError, type WorkflowJson } from '@tutti/contracts';
import { stringify } from 'yaml';
import { type FindingList, findingList } from '../file/findings.ts';
import { refusal } from '../file/refusal.ts';
import type { Locate } from '../file/tree.ts';
import { readYaml, type YamlValue } from '../file/yaml.ts';
import { convertSequence } from './sequence.ts';
import { isSequence, sequenceWorkflow, WORKFLOW_KEYS } from './shape.ts';
import { keyOf } from './state.ts';

/** A file of another form as one of ours, with places that lead to the original; any other file as it is. */
export function convertIfNeeded(read: YamlValue, findings: FindingList): YamlValue | undefined {
  if (!isSequence(read.value)) return read;
  const parsed = sequenceWorkflow.safeParse(read.value.workflow);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      findings.add('wrong_type', read.locate(['workflow', ...path]), `"${path.join('.')}": ${message}`);
    }
    return undefined;
  }
  reportOthers(read, parsed.data, findings);
  const { file, origins } = convertSequence(parsed.data, (path) => read.locate(path, 'value'), findings);
  // Through JSON, so that no undefined value is left.
  const value = JSON.parse(JSON.stringify(file)) as { [key: string]: WorkflowJson };
  const locate = originalPlaces(read.locate, origins);
  return { value, locate, locateInside: (path) => locate(path), written: () => undefined };
}

function originalPlaces(locate: Locate, origins: ReadonlyMap<string, readonly PropertyKey[]>): Locate {
  return (path, what) => {
    for (let length = path.length; length > 0; length -= 1) {
      const origin = origins.get(keyOf(path.slice(0, length)));
      if (origin !== undefined) return locate(origin, length === path.length ? what : 'value');
    }
    return locate(path[0] === 'workflow' ? path : [], what);
  };
}

/** Guidance, diagrams and prompts for people: they change no plan. */
function reportOthers(
  { locate, value }: YamlValue,
  workflow: Readonly<Record<string, unknown>>,
  findings: FindingList,
): void {
  const others = [
    ...Object.keys(workflow).flatMap((key) => (WORKFLOW_KEYS.has(key) ? [] : [['workflow', key]])),
    ...Object.keys(value).flatMap((key) => (key === 'workflow' ? [] : [[key]])),
  ];
  for (const path of others) {
    const message = `"${path.join('.')}" changes no plan and is left out`;
    findings.add('ignored_block', locate(path, 'key'), message, { severity: 'note' });
  }
}

export interface ConvertedFile {
  /** A workflow file of ours. */
  readonly text: string;
  readonly findings: readonly Finding[];
}

/**
 * A workflow of the BMAD form (`workflow.sequence`) as a file of ours, to be kept and changed. `inspectWorkflow` reads such
 * files as they are; this prints what it reads. Throws `bad_file` with `details.findings`.
 */
export function convertWorkflow(text: string | Uint8Array, { file }: { readonly file: string }): ConvertedFile {
  const findings = findingList(file);
  const read = readYaml(text, findings);
  if (read !== undefined && !isSequence(read.value)) {
    throw new TuttiError('bad_file', `${file} has no "workflow: sequence:" and needs no conversion`);
  }
  const converted = read === undefined ? undefined : convertIfNeeded(read, findings);
  if (converted === undefined || findings.hasErrors()) throw refusal(findings.list(), file);
  return { text: stringify(converted.value, { lineWidth: 100 }), findings: findings.list() };
}
