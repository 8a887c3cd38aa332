import type { WorkflowDefinition } from '@tutti/contracts';
import fc from 'fast-check';
import { loadWorkflow } from '../index.ts';

interface Links {
  readonly depends_on?: readonly string[];
  readonly validates?: readonly string[];
  readonly gate?: boolean;
}

/** A gate judges its neighbour alone: nothing can stand between the two, so no circle comes of it. */
function linksOf(role: string, at: number, before: readonly string[]): Links {
  if (role === 'judge' && before.length > 0) return { validates: before };
  return role === 'gate' && at > 0 ? { validates: [`s${at - 1}`], gate: true } : { depends_on: before };
}

/** Workflows with all that a plan has to honour: dependencies, barriers, gates, context, and a pool with named resources. */
export const definitions: fc.Arbitrary<WorkflowDefinition> = fc
  .record({
    pool: fc.record({
      total_cpu_units: fc.integer({ min: 60, max: 200 }),
      total_memory_units: fc.integer({ min: 60, max: 200 }),
      concurrent_agent_limit: fc.integer({ min: 1, max: 6 }),
      cpu_oversubscription: fc.constantFrom(1, 1.2, 1.5),
      memory_strict: fc.boolean(),
    }),
    gpus: fc.integer({ min: 1, max: 3 }),
    rows: fc.array(
      fc.record({
        duration: fc.integer({ min: 0, max: 40 }),
        cpu: fc.integer({ min: 0, max: 60 }),
        memory: fc.integer({ min: 0, max: 60 }),
        gpus: fc.integer({ min: 0, max: 1 }),
        back: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 3 }),
        context: fc.integer({ min: 0, max: 9 }),
        role: fc.constantFrom('plain', 'plain', 'grouped', 'judge', 'gate'),
      }),
      { minLength: 1, maxLength: 22 },
    ),
  })
  .map(({ pool, gpus, rows }) => {
    const steps = rows.map(({ duration, cpu, memory, back, context, role, ...row }, at) => {
      const before = [...new Set(back.map((by) => at - by).filter((index) => index >= 0))].map((index) => `s${index}`);
      return {
        id: `s${at}`,
        estimated_duration: duration,
        resource_requirements: { cpu, memory, resources: { gpu: row.gpus } },
        ...linksOf(role, at, before),
        ...(context > 0 && at - context >= 0 ? { context: [`s${at - context}`] } : {}),
      };
    });
    const roots = steps.filter(
      (step, at) => rows[at]?.role === 'grouped' && step.depends_on?.length === 0 && step.validates === undefined,
    );
    const groups = roots.length > 1 ? { groups: { g: { agents: roots.map(({ id }) => id) } } } : {};
    const text = JSON.stringify({ pool: { ...pool, resources: { gpu: gpus } }, steps, ...groups });
    return loadWorkflow(text, { file: 'f' }).definition;
  });
