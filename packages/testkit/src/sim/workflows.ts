/** What runs: the workflow of the specification, and small ones from the seed. */
import type { WorkflowDefinition } from '@tutti/contracts';
import { type StepHandle, type StepKeys, workflow } from '@tutti/planner';
import { OVERLAPPING, ROLES_OF_AGENTS, SHARED_ROOT } from './agents.ts';
import type { Seeded } from './random.ts';

/** Longer than any run of the simulation: a run that stands still must not end by its own time-out. */
const FOREVER = { timeout: '2_hours' };
const TIMEOUT = { timeout: '6_seconds', retry: { max_attempts: 3, backoff: '300_ms' } };
const needs = (cpu: number, memory: number): StepKeys => ({ resource_requirements: { cpu, memory } });

/** analyst → pm → {ux, architect} → developer → qa, joined before the developer. */
export const seedDag = (): WorkflowDefinition =>
  workflow('seed-dag', (w) => {
    w.about(FOREVER);
    const step = (id: string, keys: StepKeys): StepHandle => w.step(id, { ...TIMEOUT, ...needs(30, 25), ...keys });
    const analyst = step('analyst', {});
    const pm = step('pm', { inputs: [analyst.ref('text')] });
    const ux = step('ux', { inputs: [pm.ref('text')], ...needs(40, 35) });
    const architect = step('architect', { inputs: [pm.ref('text')], ...needs(40, 35) });
    const design = w.group('design', [ux, architect], { synchronization_strategy: { timeout: '15_seconds' } });
    const developer = step('developer', { depends_on: [design.completion] });
    step('qa', { inputs: [developer.ref('text')] });
  });

/** Two to six steps, edges to earlier ones, at most one group, some steps that write where others write. */
export function randomDag(random: Seeded, id: string): WorkflowDefinition {
  const count = 2 + random.int(5);
  return workflow(id, (w) => {
    w.about(FOREVER);
    const steps: StepHandle[] = [];
    const size = random.chance(0.6) && count >= 4 ? 2 + random.int(2) : 0;
    for (let i = 0; i < size; i++) steps.push(w.step(...stepOf(random, i, [])));
    const join =
      size === 0 ? [] : [w.group('join', [...steps], { synchronization_strategy: strategyOf(random, size) })];
    for (let i = size; i < count; i++) {
      const before = [...steps, ...join].filter(() => random.chance(0.4)).map((s) => s.completion);
      steps.push(w.step(...stepOf(random, i, before)));
    }
  });
}

function stepOf(random: Seeded, i: number, before: readonly string[]): [string, StepKeys] {
  const overlaps = random.chance(0.5);
  const id = `s${i}${overlaps ? OVERLAPPING : ''}`;
  const keys: StepKeys = {
    agent: random.pick(ROLES_OF_AGENTS),
    result: id,
    timeout: random.pick(['3_seconds', '6_seconds']),
    retry: { max_attempts: 1 + random.int(3), backoff: '300_ms' },
    on_failure: random.pick(['fail_run', 'continue', 'continue']),
    depends_on: [...before],
    resource_requirements: { cpu: 10 + random.int(60), memory: 10 + random.int(60) },
    ...(overlaps ? { context_requirements: { write: [SHARED_ROOT] } } : {}),
  };
  return [id, keys];
}

function strategyOf(random: Seeded, members: number) {
  return {
    timeout: random.pick(['3_seconds', '8_seconds', '15_seconds']),
    success_criteria: random.pick([
      'all_agents_succeed',
      'at_least_one_agent_succeeds',
      `at_least_${members}_agents_succeed`,
    ]),
    partial_failure_handling: random.pick(['continue_with_available_results', 'abort'] as const),
    extension: '2_seconds',
    max_extensions: random.int(2),
  };
}
