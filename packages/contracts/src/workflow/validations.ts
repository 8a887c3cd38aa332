/**
 * The validations of a workflow: after the join of a group whose cross-validation is enabled, each agent named there looks at the
 * result of every member that another agent made (specification: "Validate each other").
 */
import { z } from 'zod';
import type { WorkflowDefinition, WorkflowGroup } from './definition.ts';
import type { WorkflowStep } from './step.ts';
import { workflowId } from './values.ts';

export const validation = z.strictObject({
  /** What it is called in subjects and leases; no step or group is called so. */
  id: workflowId,
  /** The group after whose join it is done. */
  group: workflowId,
  /** The agent that judges. */
  validator: workflowId,
  /** The member whose result it judges. */
  of: workflowId,
  /** The validator's own step, a member where there is one: what the validation takes from the pool is what that step takes. */
  as: workflowId.optional(),
});
export type Validation = z.infer<typeof validation>;

/** All validations, by group, then by judged member. Nobody judges what it made itself, and persons are not asked. */
export function validationsOf({ steps, groups }: WorkflowDefinition): readonly Validation[] {
  const judging = groups.filter(({ crossValidation }) => crossValidation?.enabled === true);
  if (judging.length === 0) return [];
  const byId = new Map(steps.map((step) => [step.id, step]));
  const taken = new Set([...byId.keys(), ...groups.map(({ id }) => id)]);
  const pairs = judging.flatMap((group) => pairsOf(group, steps, byId));
  const next = idsBeside(taken);
  return pairs.map((pair) => ({ id: next(), ...pair }));
}

/** How many there are at most, without naming them. */
export const countValidations = ({ groups }: WorkflowDefinition): number =>
  groups.reduce(
    (sum, { steps, crossValidation: given }) =>
      sum + (given?.enabled === true ? steps.length * given.agents.length : 0),
    0,
  );

function pairsOf(
  group: WorkflowGroup,
  steps: readonly WorkflowStep[],
  byId: ReadonlyMap<string, WorkflowStep>,
): Omit<Validation, 'id'>[] {
  const members = group.steps.flatMap((id) => byId.get(id) ?? []);
  const validators = [...new Set(group.crossValidation?.agents)].flatMap((agent) => {
    const isOwn = (step: WorkflowStep): boolean => step.agent === agent;
    const own = members.find(isOwn) ?? steps.find(isOwn);
    return own?.wait === undefined ? [{ agent, own: own?.id }] : [];
  });
  return members.flatMap((member) =>
    validators
      .filter(({ agent }) => agent !== member.agent)
      .map(({ agent, own }) => ({
        ...{ group: group.id, validator: agent, of: member.id },
        ...(own === undefined ? {} : { as: own }),
      })),
  );
}

/** `validation-1`, `validation-2` and so on, but none that the workflow uses itself. */
function idsBeside(taken: ReadonlySet<string>): () => string {
  let number = 0;
  return () => {
    do number += 1;
    while (taken.has(`validation-${number}`));
    return `validation-${number}`;
  };
}
