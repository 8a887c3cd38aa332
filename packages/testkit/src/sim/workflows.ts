/** What runs: the workflow of the specification, and small ones from the seed. */
import type { WorkflowDefinition } from '@tutti/contracts';
import { type StepHandle, type StepKeys, type WorkflowBuilder, workflow } from '@tutti/planner';
import { CONTESTING, LATE_ROLE, OVERLAPPING, ROLES_OF_AGENTS, SHARED_ROOT } from './agents.ts';
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
    w.set({ pool: { resources: { model: 1 + random.fork(`slots/${id}`).int(2) } } });
    const isCrowded = random.fork(`crowded/${id}`).chance(CROWDED);
    const stepOf = (...args: Parameters<typeof drawnStep>): [string, StepKeys] =>
      isCrowded ? crowded(drawnStep(...args)) : drawnStep(...args);
    const steps: StepHandle[] = [];
    const size = random.chance(0.6) && count >= 4 ? 2 + random.int(2) : 0;
    const members = Array.from({ length: size }, (_, i) => memberOf(random, i, stepOf));
    for (const member of members) steps.push(w.step(...member));
    const ids = members.map(([name]) => name);
    const strategy = size === 0 ? {} : { synchronization_strategy: strategyOf(random, ids, isCrowded) };
    const join =
      size === 0 ? [] : [w.group('join', [...steps], { ...strategy, ...judgedBy(random.fork(`judge/${id}`)) })];
    for (let i = size; i < count; i++) {
      const before = [...steps, ...join].filter(() => random.chance(0.4)).map((s) => s.completion);
      steps.push(w.step(...stepOf(random, `s${i}`, before)));
    }
    askSomebody(w, random.fork(`ask/${id}`), steps);
  });
}

/** Share of groups whose members look at each other's results, in a time that is often too short. */
const JUDGED = 0.5;
const judgedBy = (random: Seeded) =>
  random.chance(JUDGED)
    ? { cross_validation: { validation_timeout: random.pick(['1_seconds', '4_seconds', '15_seconds']) } }
    : {};

/** From two to four writers of one place at once, so that people have conflicts to decide, and steps that follow and write there too. */
export const contest = (random: Seeded): WorkflowDefinition =>
  workflow('contest', (w) => {
    w.about(FOREVER);
    const writer = (name: string, keys: StepKeys = {}): StepHandle =>
      w.step(`${name}${CONTESTING}`, {
        ...{ agent: random.pick(ROLES_OF_AGENTS), on_failure: 'continue', ...TIMEOUT, ...needs(5, 5) },
        ...{ context_requirements: { write: [SHARED_ROOT] }, ...keys },
      });
    const writers = Array.from({ length: 2 + random.int(3) }, (_, i) => writer(`w${i}`));
    const [first] = writers;
    // It has seen what stands there, and may write it anew while somebody decides.
    if (first !== undefined && random.chance(0.7)) writer('next', { depends_on: [first.completion] });
    w.step('last', {
      ...{ agent: random.pick(ROLES_OF_AGENTS), ...TIMEOUT, ...needs(5, 5) },
      depends_on: writers.map((step) => step.completion),
    });
  });

/** Shares of workflows in which a person is asked, or a signal awaited. */
const ASKS = 0.35;

/** An approval and a signal after some step, and a step that reads the answer. Both have times that are over in the calm. */
function askSomebody(w: WorkflowBuilder, random: Seeded, steps: readonly StepHandle[]): void {
  if (!random.chance(ASKS)) return;
  const after = { depends_on: [random.pick(steps).completion], on_failure: 'continue' } as const;
  const timeout = random.pick(['2_seconds', '8_seconds', '30_seconds']);
  const answers = {
    default: random.pick(['approve', 'reject'] as const),
    on_reject: random.pick(['fail', 'continue'] as const),
  };
  const approval = w.step(APPROVAL, { type: 'approval', timeout, ...answers, ...keysOf(after) });
  w.step(SIGNAL, { type: 'signal', timeout, ...keysOf(after) });
  const [id, keys] = drawnStep(random, 'after', [approval.completion]);
  w.step(id, { ...keys, agent: ROLES_OF_AGENTS[0] });
}

const keysOf = ({
  depends_on,
  on_failure,
}: {
  readonly depends_on: readonly string[];
  readonly on_failure: 'continue';
}) => ({
  depends_on: [...depends_on],
  on_failure,
});

/** What the operator of the simulation answers. */
export const APPROVAL = 'approval';
export const SIGNAL = 'signal';

/**
 * A member of the group: its name begins as the one before it is called, and its time-out may be far beyond that of the group,
 * so that only a cancel stops it.
 */
function memberOf(random: Seeded, i: number, stepOf: typeof drawnStep): [string, StepKeys] {
  const [id, keys] = stepOf(random, `m${'_m'.repeat(i)}`, []);
  return [id, random.chance(0.3) ? { ...keys, timeout: '100_seconds' } : keys];
}

/** Shares of steps that nobody can run until the late agents join. */
const LATE = 0.06;

/** Share of workflows whose steps need so little, and have so much time, that many of them run and write at once. */
const CROWDED = 0.4;
const crowded = ([id, keys]: [string, StepKeys]): [string, StepKeys] => [
  id,
  {
    ...keys,
    timeout: '6_seconds',
    resource_requirements: { cpu: 5, memory: 5 },
    context_requirements: { write: [SHARED_ROOT] },
  },
];

function drawnStep(random: Seeded, name: string, before: readonly string[]): [string, StepKeys] {
  const overlaps = random.chance(0.5);
  const id = `${name}${overlaps ? OVERLAPPING : ''}`;
  const keys: StepKeys = {
    agent: random.chance(LATE) ? LATE_ROLE : random.pick(ROLES_OF_AGENTS),
    result: id,
    timeout: random.pick(['1_seconds', '3_seconds', '6_seconds']),
    retry: { max_attempts: 1 + random.int(3), backoff: '300_ms' },
    on_failure: random.pick(['fail_run', 'continue', 'continue']),
    depends_on: [...before],
    resource_requirements: {
      cpu: 10 + random.int(60),
      memory: 10 + random.int(60),
      ...modelOf(random.fork(`model/${id}`)),
    },
    ...(overlaps ? { context_requirements: { write: [SHARED_ROOT] } } : {}),
  };
  return [id, keys];
}

/** Some steps want a slot of a model, of which the workflows of one simulation may count differently. */
const modelOf = (random: Seeded) => (random.chance(0.3) ? { resources: { model: 1 } } : {});

/** What stands for the result of a member that gave none. */
export const defaultOf = (member: string): string => `default of ${member}`;

/** Half of the groups are content with one result and have defaults for the others: elsewhere gaps are never filled. */
function strategyOf(random: Seeded, members: readonly string[], isCrowded: boolean) {
  const defaults = Object.fromEntries(members.map((id) => [`/${id}/text`, defaultOf(id)]));
  const isLenient = random.chance(0.5);
  const success = ['all_agents_succeed', 'at_least_one_agent_succeeds', `at_least_${members.length}_agents_succeed`];
  const partial = ['continue_with_available_results', 'abort'] as const;
  const timeout = random.pick(['1_seconds', '3_seconds', '8_seconds', '15_seconds']);
  return {
    // Members that run at once make progress at once: then more time is worth giving.
    timeout: isCrowded ? '1_seconds' : timeout,
    success_criteria: isLenient ? 'at_least_one_agent_succeeds' : random.pick(success),
    partial_failure_handling: isLenient ? partial[0] : random.pick(partial),
    extension: '2_seconds',
    max_extensions: random.int(2) + (isCrowded ? 1 : 0),
    ...(isLenient ? { defaults } : {}),
  };
}
