/** The seed's own DAG (analyst → pm → {ux_expert, architect} → developer → qa) with agents that do nothing. */
import { type AgentDefinition, defineAgent } from '@tutti/agent';
import type { PoolSpec, WorkflowDefinition } from '@tutti/contracts';
import { workflow } from '@tutti/planner';

export const ROLES = ['analyst', 'pm', 'ux_expert', 'architect', 'developer', 'qa'] as const;
export const STEPS = ROLES.length;

/** What each agent takes and gives. */
export const BODY = 'x'.repeat(1_024);

/** So large that admission never holds a step back: what is measured is the way of a step, not a queue. */
export const BENCH_POOL: PoolSpec = {
  cpuUnits: 1_000_000,
  memoryUnits: 1_000_000,
  concurrentAgents: 100_000,
  cpuOversubscription: 1.2,
  memoryStrict: true,
};

export const noopAgents = (): AgentDefinition[] =>
  ROLES.map((name) => defineAgent({ name, run: () => ({ doc: BODY }) }) as unknown as AgentDefinition);

const small = { resource_requirements: { cpu: 1, memory: 1 }, estimated_duration: 1, outputs: ['doc'] };

export const seedDag = (): WorkflowDefinition =>
  workflow('seed-dag', (w) => {
    const task = w.input('task', 'string');
    const analyst = w.step('analyst', { ...small, inputs: [task] });
    const pm = w.step('pm', { ...small, inputs: [analyst.ref('doc')] });
    const ux = w.step('ux_expert', { ...small, inputs: [pm.ref('doc')] });
    const architect = w.step('architect', { ...small, inputs: [pm.ref('doc')] });
    const developer = w.step('developer', { ...small, inputs: [ux.ref('doc'), architect.ref('doc')] });
    w.step('qa', { ...small, inputs: [developer.ref('doc')] });
    w.set({ pool: { concurrent_agent_limit: 100_000, total_cpu_units: 1_000_000, total_memory_units: 1_000_000 } });
  });
