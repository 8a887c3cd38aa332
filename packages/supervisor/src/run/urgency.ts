/**
 * How urgent a step is to the pool. By its class, as the specification has it; where the plan lets a step of a lower class go
 * ahead of a critical one that waits for the same room, it goes as the critical one would: the critical path waits for it.
 */
import type { Plan, PlanStep, WorkflowDefinition } from '@tutti/contracts';

const lifted = new WeakMap<Plan, ReadonlySet<string>>();

/** The class that the step's request is made in. A validation stays in the last class: it delays nobody. */
export function urgencyOf(definition: WorkflowDefinition, plan: Plan, row: PlanStep): number {
  const { critical } = definition.priorities;
  if (row.priority >= critical) return row.priority;
  let ahead = lifted.get(plan);
  if (ahead === undefined) {
    ahead = aheadOfCritical(definition, plan);
    lifted.set(plan, ahead);
  }
  return ahead.has(row.id) ? critical : row.priority;
}

/** Steps that the plan begins while a critical step, or one that is ahead of it in the same way, is held up by the pool. */
function aheadOfCritical(definition: WorkflowDefinition, plan: Plan): ReadonlySet<string> {
  const isWritten = writtenOf(definition);
  const readyMs = readinessOf(definition, plan);
  const { critical, parallel } = definition.priorities;
  const ahead = new Set<string>();
  const later = plan.steps.toSorted((a, b) => b.plannedStartMs - a.plannedStartMs);
  // From the last start to the first: when the earliest of those that start later, and that count, was ready.
  let earliest = Number.POSITIVE_INFINITY;
  for (let at = 0; at < later.length; ) {
    const startMs = later[at]?.plannedStartMs ?? 0;
    const together = [];
    for (; later[at]?.plannedStartMs === startMs; at += 1) together.push(later[at] as PlanStep);
    const counting = together.filter(({ id, priority }) => {
      if (isWritten(id)) return false;
      if (priority === parallel && earliest <= startMs) ahead.add(id);
      return priority === critical || ahead.has(id);
    });
    for (const { id } of counting) earliest = Math.min(earliest, readyMs(id));
  }
  return ahead;
}

/** Whether a step has its number from the author: it means what it says, to the step itself and to those before it. */
function writtenOf({ steps }: WorkflowDefinition): (id: string) => boolean {
  const written = new Set(steps.filter(({ priority }) => priority !== undefined).map(({ id }) => id));
  return (id) => written.has(id);
}

/** When, by the plan, all that a step waits for is over. */
function readinessOf({ steps, groups }: WorkflowDefinition, plan: Plan): (id: string) => number {
  const ends = new Map(plan.steps.map(({ id, plannedEndMs }) => [`step:${id}`, plannedEndMs]));
  for (const { id, steps: members } of groups)
    ends.set(`group:${id}`, Math.max(0, ...members.map((member) => ends.get(`step:${member}`) ?? 0)));
  const waits = new Map(steps.map(({ id, waitsFor }) => [id, waitsFor]));
  return (id) => Math.max(0, ...(waits.get(id) ?? []).map((each) => ends.get(`${each.kind}:${each.id}`) ?? 0));
}
