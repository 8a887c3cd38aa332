/**
 * What is wrong with a plan, told from the definition alone. It knows the contracts' types and nothing of the planner: no code is
 * shared with what it checks.
 */
import type { Plan, WorkflowDefinition, WorkflowStep } from '@tutti/contracts';

/** The steps that one waits for, by itself or through a group's barrier. */
export const awaitedBy = (definition: WorkflowDefinition, step: WorkflowStep): string[] =>
  step.waitsFor.flatMap(({ kind, id }) =>
    kind === 'step' ? [id] : (definition.groups.find((group) => group.id === id)?.steps ?? []),
  );

/** What there is of each resource, and what a step takes of it. */
export function resourcesOf({
  pool,
}: WorkflowDefinition): { name: string; units: number; of(step: WorkflowStep): number }[] {
  return [
    { name: 'cpu', units: pool.cpuUnits * pool.cpuOversubscription, of: ({ needs }) => needs.cpu },
    ...(pool.memoryStrict
      ? [{ name: 'memory', units: pool.memoryUnits, of: ({ needs }: WorkflowStep) => needs.memory }]
      : []),
    { name: 'agents', units: pool.concurrentAgents, of: () => 1 },
    ...Object.entries(pool.named ?? {}).map(([name, units]) => ({
      name,
      units,
      of: ({ uses }: WorkflowStep) => uses?.[name] ?? 0,
    })),
  ];
}

/** Rounding of sums of fractions, as the pool itself allows it. */
const HAIR = 1e-6;

/** Every breach of an edge, and of a resource at any instant; empty for a good plan. */
export function breaches(definition: WorkflowDefinition, plan: Plan): string[] {
  return [...shapeBreaches(definition, plan), ...edgeBreaches(definition, plan), ...resourceBreaches(definition, plan)];
}

function shapeBreaches(definition: WorkflowDefinition, plan: Plan): string[] {
  const found: string[] = [];
  const ids = plan.steps.map(({ id }) => id);
  if (ids.join() !== definition.steps.map(({ id }) => id).join())
    found.push('the plan has other steps than the workflow');
  for (const { id, plannedStartMs, plannedEndMs } of plan.steps) {
    const likely = definition.steps.find((step) => step.id === id)?.estimate.likelyMs;
    if (!(plannedStartMs >= 0)) found.push(`${id} starts at ${plannedStartMs}`);
    if (plannedEndMs - plannedStartMs !== likely)
      found.push(`${id} takes ${plannedEndMs - plannedStartMs}, not ${likely}`);
  }
  const last = Math.max(0, ...plan.steps.map(({ plannedEndMs }) => plannedEndMs));
  if (last !== plan.makespanMs) found.push(`the makespan is ${plan.makespanMs} and the last end ${last}`);
  return found;
}

function edgeBreaches(definition: WorkflowDefinition, plan: Plan): string[] {
  const times = new Map(plan.steps.map((step) => [step.id, step]));
  return definition.steps.flatMap((step) =>
    awaitedBy(definition, step).flatMap((id) => {
      const [end, start] = [
        times.get(id)?.plannedEndMs ?? Number.NaN,
        times.get(step.id)?.plannedStartMs ?? Number.NaN,
      ];
      return end <= start ? [] : [`${step.id} starts at ${start}, before ${id} has ended at ${end}`];
    }),
  );
}

/** Use changes only where something starts or ends, so those instants and the ones between them are all instants. */
function resourceBreaches(definition: WorkflowDefinition, plan: Plan): string[] {
  const steps = new Map(definition.steps.map((step) => [step.id, step]));
  const instants = [
    ...new Set(plan.steps.flatMap(({ plannedStartMs, plannedEndMs }) => [plannedStartMs, plannedEndMs])),
  ].sort((a, b) => a - b);
  const between = instants.flatMap((at, index) => [at, (at + (instants[index + 1] ?? at)) / 2]);
  return between.flatMap((now) => {
    const running = plan.steps.flatMap(({ id, plannedStartMs, plannedEndMs }) =>
      plannedStartMs <= now && now < plannedEndMs ? (steps.get(id) ?? []) : [],
    );
    return resourcesOf(definition).flatMap(({ name, units, of }) => {
      const used = running.reduce((sum, step) => sum + of(step), 0);
      return used <= units + HAIR ? [] : [`at ${now} there are ${used} of ${units} ${name} in use`];
    });
  });
}
