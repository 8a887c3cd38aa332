import { INPUTS_ROOT, type Place, type StepTemplate, WORKFLOW_LIMITS } from '@tutti/contracts';
import { readsOfTemplate, type TemplateRead } from '../template/reads.ts';
import { pick, type StepDraft } from './draft.ts';
import type { Resolution } from './resolution.ts';

/** What a step's agent is asked, and what it takes from the context to be asked it. */
export interface PromptReads {
  readonly text: string;
  readonly reads: readonly { readonly ref: string; readonly at: Place; readonly optional: boolean }[];
  readonly template: StepTemplate;
}

interface Template {
  readonly text: string;
  readonly file?: string;
  readonly placeOf: (row: number, col: number) => Place;
}

/** Undefined where the step has no prompt, or none that can be read. */
export function resolvePrompt(r: Resolution, step: StepDraft): PromptReads | undefined {
  const template = findTemplate(r, step);
  if (template === undefined) return undefined;
  const found = readsOfTemplate(template.text);
  if ('flaw' in found) {
    const message = `the prompt of "${step.id}" cannot be parsed: ${found.flaw}`;
    const suggestion = 'correct it, or declare under "inputs" what it reads';
    r.findings.add('bad_template', template.placeOf(found.row, found.col), message, {
      severity: 'warning',
      suggestion,
    });
    return { text: template.text, reads: [], template: templateOf(r, template, []) };
  }
  for (const { what, suggestion, row, col } of found.doubts) {
    const message = `the prompt of "${step.id}" ${what}`;
    r.findings.add('bad_template', template.placeOf(row, col), message, { severity: 'warning', suggestion });
  }
  const reads = found.reads.flatMap((read) => resolveRead(r, step, read, template.placeOf(read.row, read.col)));
  return { text: template.text, reads, template: templateOf(r, template, reads) };
}

/** What whoever renders it must know: a step that is read by its id, while its result stands under another name. */
function templateOf(r: Resolution, { file }: Template, reads: PromptReads['reads']): StepTemplate {
  const names: Record<string, string> = {};
  for (const { ref } of reads) {
    const [name = ''] = ref.split('.');
    const root = r.names.rootOf(name);
    if (root !== undefined && root !== name) names[name] = root;
  }
  return { ...(file === undefined ? {} : { file }), ...(Object.keys(names).length === 0 ? {} : { names }) };
}

/** The prompt in the workflow file itself, or in a file of its own. */
function findTemplate(r: Resolution, step: StepDraft): Template | undefined {
  const inline = pick(step, 'prompt');
  const named = pick(step, 'template');
  if (inline !== undefined && named !== undefined) {
    const message = `"${step.id}" has a "prompt" and a "template"; one of them is its prompt`;
    r.findings.add('bad_value', r.locate(named.path), message);
  }
  if (inline !== undefined) {
    return { text: inline.value, placeOf: (row, col) => r.locateInside(inline.path, row, col) };
  }
  return named === undefined ? undefined : readFile(r, step, named.value, r.locate(named.path));
}

function readFile(r: Resolution, step: StepDraft, file: string, at: Place): Template | undefined {
  if (r.readTemplate === undefined) {
    const message = `the template of "${step.id}" is not looked into here; what it reads is not known`;
    r.findings.add('bad_template', at, message, { severity: 'note' });
    return undefined;
  }
  const text = r.readTemplate(file);
  if (text === undefined) r.findings.add('bad_template', at, `there is no template file "${file}" that can be read`);
  else if (text.length > WORKFLOW_LIMITS.templateChars) {
    const message = `"${file}" has ${text.length} characters; the limit is ${WORKFLOW_LIMITS.templateChars}`;
    r.findings.add('bad_template', at, message);
  } else return { text, file, placeOf: (line, col) => ({ file, line, col }) };
  return undefined;
}

/**
 * The agent's input is the template's scope: constants, names given by `inputs`, the run's inputs by their own names, and
 * results under their roots. The last alone are edges. A result is taken as a whole output: `pm.brief.title` is `pm.brief`.
 */
function resolveRead(r: Resolution, step: StepDraft, read: TemplateRead, at: Place): PromptReads['reads'] {
  const [name = '', output] = read.segments;
  const ref = output !== undefined && REFERENCE.test(output) ? `${name}.${output}` : name;
  if (isGiven(step, name)) return [];
  if (r.names.knows(name) || name === INPUTS_ROOT) {
    checkDeclared(r, step, ref, read.optional, at);
    return [{ ref, at, optional: read.optional }];
  }
  const inputs = Object.keys(r.file.inputs ?? {});
  if (inputs.includes(name) || read.optional) return [];
  const message = `the prompt of "${step.id}" reads "${ref}", which is no input, no step and no context root`;
  const suggestion = () => r.names.suggest(name, inputs) ?? 'declare it under "inputs", or give it a default';
  r.findings.add('undeclared_read', at, message, { severity: 'warning', suggestion });
  return [];
}

/** What stands in a reference beside its dots. */
const REFERENCE = /^[^\s./~]+$/;

function isGiven(step: StepDraft, name: string): boolean {
  const given = pick(step, 'with')?.value ?? {};
  if (Object.hasOwn(given, name)) return true;
  return (['inputs', 'context'] as const).some((key) => {
    const value = pick(step, key)?.value;
    return value !== undefined && !Array.isArray(value) && Object.hasOwn(value, name);
  });
}

/** A step that lists its inputs has said what it takes; a prompt that takes more is likely a slip. */
function checkDeclared(r: Resolution, step: StepDraft, ref: string, optional: boolean, at: Place): void {
  const listed = (['inputs', 'context'] as const).flatMap((key) => {
    const value = pick(step, key)?.value;
    return value === undefined ? [] : Array.isArray(value) ? (value as string[]) : Object.values(value);
  });
  if (listed.length === 0 || ref.split('.')[0] === INPUTS_ROOT) return;
  if (listed.some((declared) => declared === ref || ref.startsWith(`${declared}.`) || declared.startsWith(`${ref}.`)))
    return;
  const message = `the prompt of "${step.id}" reads "${ref}", which its inputs do not name; it is taken as one of them`;
  const suggestion = `add it to its "${optional ? 'context' : 'inputs'}"`;
  r.findings.add('undeclared_read', at, message, { severity: 'warning', suggestion });
}
