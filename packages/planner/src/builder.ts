import type { WorkflowDefinition, WorkflowFileInput } from '@tutti/contracts';
import { checkFile } from './file/check.ts';
import { compileFile } from './file/compile.ts';
import { findingList } from './file/findings.ts';
import { refusal } from './file/refusal.ts';
import { checkDefinition } from './graph/check.ts';

type Defined<T> = NonNullable<T>;
type Item<T> = T extends readonly (infer I)[] ? I : never;

/** The keys of a step as a file has them: `inputs`, `depends_on`, `estimated_duration`, `resource_requirements`, … */
export type StepKeys = Omit<Item<Defined<WorkflowFileInput['steps']>>, 'id'>;
export type GroupKeys = Defined<WorkflowFileInput['groups']>[string];
export type InputKeys = Defined<WorkflowFileInput['inputs']>[string];
export type HeadKeys = Omit<Defined<WorkflowFileInput['workflow']>, 'id'>;
/** Everything else of a file: pool, ownership, agents, the blocks of the specification. */
export type OtherKeys = Omit<WorkflowFileInput, 'workflow' | 'inputs' | 'steps' | 'groups'>;

/** A step that was added: `ref('user_stories')` is what another step takes, `id` what it waits for. */
export interface StepHandle<Id extends string = string> {
  readonly id: Id;
  ref<Path extends string>(path: Path): `${Id}.${Path}`;
  readonly completion: `${Id}.completion`;
}

export interface WorkflowBuilder {
  /** Name, version, time-out, time scale. */
  about(keys: HeadKeys): void;
  /** Declares an input of the run; returns the reference to it. */
  input<Name extends string>(name: Name, keys: InputKeys): `inputs.${Name}`;
  step<Id extends string>(id: Id, keys?: StepKeys): StepHandle<Id>;
  /** Joins steps; returns what waits for the join. */
  group<Id extends string>(id: Id, members: readonly StepHandle[], keys?: Omit<GroupKeys, 'agents'>): StepHandle<Id>;
  set(keys: OtherKeys): void;
}

/**
 * A workflow written in TypeScript. It builds what a file would say and goes through the same checks, so both forms give
 * the same definition. Throws `bad_file` or `unplannable` with `details.findings`, as `loadWorkflow` does.
 */
export function workflow(id: string, build: (w: WorkflowBuilder) => void): WorkflowDefinition {
  const head: HeadKeys = {};
  const inputs: Record<string, InputKeys> = {};
  const steps: ({ id: string } & StepKeys)[] = [];
  const groups: Record<string, GroupKeys> = {};
  const others: OtherKeys = {};
  build({
    about: (keys) => void Object.assign(head, keys),
    input: (name, keys) => {
      inputs[name] = keys;
      return `inputs.${name}`;
    },
    step: (stepId, keys = {}) => {
      steps.push({ ...keys, id: stepId });
      return handle(stepId);
    },
    group: (groupId, members, keys = {}) => {
      groups[groupId] = { ...keys, agents: members.map((member) => member.id) };
      return handle(groupId);
    },
    set: (keys) => void Object.assign(others, keys),
  });
  const hasInputs = Object.keys(inputs).length > 0;
  return compileValue({ ...others, workflow: { ...head, id }, ...(hasInputs ? { inputs } : {}), steps, groups }, id);
}

const handle = <Id extends string>(id: Id): StepHandle<Id> => ({
  id,
  ref: (path) => `${id}.${path}`,
  completion: `${id}.completion`,
});

/** A file's content that never was text: places say only which workflow it is. */
function compileValue(value: WorkflowFileInput, id: string): WorkflowDefinition {
  const findings = findingList(id);
  const locate = () => ({ file: id, line: 1, col: 1 });
  // Without the undefined values that optional keys may carry.
  const plain = JSON.parse(JSON.stringify(value));
  const checked = checkFile(plain, locate, findings);
  const compiled =
    checked === undefined
      ? undefined
      : compileFile(
          checked.file,
          { locate, locateInside: locate, readTemplate: undefined, hasFile: undefined },
          findings,
        );
  if (compiled !== undefined) checkDefinition(compiled.definition, findings, compiled.sources);
  if (compiled === undefined || findings.hasErrors()) throw refusal(findings.list(), id);
  return compiled.definition;
}
