/** What follows from the definition alone: who depends on whom. Computed once a definition, never stored in a run. */
import {
  INPUTS_ROOT,
  type Plan,
  type PlanStep,
  type WorkflowDefinition,
  type WorkflowGroup,
  type WorkflowStep,
} from '@tutti/contracts';
import { type Judging, judgingsOf } from './judging.ts';
import type { RunContext, StepState } from './model.ts';

/** A group that is joined. */
export type BarrierGroup = WorkflowGroup & { readonly barrier: NonNullable<WorkflowGroup['barrier']> };

export interface RunGraph {
  /** Those of the definition, and those that stand for its validations. */
  readonly step: ReadonlyMap<string, WorkflowStep>;
  /** Place of each of them in a run's list of steps. */
  readonly placeOf: ReadonlyMap<string, number>;
  readonly judgings: ReadonlyMap<string, Judging>;
  /** Groups that have a barrier, by id. */
  readonly barrier: ReadonlyMap<string, BarrierGroup>;
  /** Steps that wait for a step or a group, by `step:id` or `group:id`. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

const graphs = new WeakMap<WorkflowDefinition, RunGraph>();

export function graphOf(definition: WorkflowDefinition): RunGraph {
  const known = graphs.get(definition);
  if (known !== undefined) return known;
  const graph = build(definition);
  graphs.set(definition, graph);
  return graph;
}

function build(definition: WorkflowDefinition): RunGraph {
  const known = new Map(definition.steps.map((s) => [s.id, s]));
  const judgings = judgingsOf(definition, known);
  const judging = [...judgings.values()].map(({ step }) => step);
  const dependents = new Map<string, string[]>();
  for (const step of [...definition.steps, ...judging]) {
    for (const { kind, id } of step.waitsFor) {
      const key = `${kind}:${id}`;
      const list = dependents.get(key);
      if (list === undefined) dependents.set(key, [step.id]);
      else list.push(step.id);
    }
  }
  const barriers = definition.groups.flatMap((g) =>
    g.barrier === undefined ? [] : [[g.id, { ...g, barrier: g.barrier }] as const],
  );
  for (const each of judging) known.set(each.id, each);
  const placeOf = new Map([...known.keys()].map((id, place) => [id, place]));
  return { step: known, placeOf, judgings, barrier: new Map(barriers), dependents };
}

type Stepped = Pick<RunContext, 'definition' | 'steps'>;

/** The state of a step; undefined when the run has no such step. */
export const stepIn = ({ definition, steps }: Stepped, id: string): StepState | undefined =>
  steps[graphOf(definition).placeOf.get(id) ?? -1];

/** All steps with their ids as they are now, validations last. */
export function stepsIn({ definition, steps }: Stepped): readonly (readonly [id: string, step: StepState])[] {
  const out: (readonly [string, StepState])[] = [];
  for (const [id, place] of graphOf(definition).placeOf) {
    const step = steps[place];
    // A run whose plan is of before validations were done has none.
    if (step !== undefined) out.push([id, step]);
  }
  return out;
}

const contextPaths = new WeakMap<WorkflowStep, readonly string[]>();

/** Context paths that a step's input is made of; what the run was started with is known without asking. */
export function contextPathsOf(step: WorkflowStep): readonly string[] {
  let paths = contextPaths.get(step);
  if (paths === undefined) {
    paths = step.inputs.map((input) => input.path).filter((path) => path.split('/')[1] !== INPUTS_ROOT);
    contextPaths.set(step, paths);
  }
  return paths;
}

const planned = new WeakMap<Plan, ReadonlyMap<string, PlanStep>>();

/** The plan's row of a step. */
export function plannedStep(plan: Plan, id: string): PlanStep | undefined {
  let rows = planned.get(plan);
  if (rows === undefined) {
    rows = new Map(plan.steps.map((s) => [s.id, s]));
    planned.set(plan, rows);
  }
  return rows.get(id);
}
