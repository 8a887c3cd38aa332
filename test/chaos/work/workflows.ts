/** What the driver submits: small workflows of every construct that a fault can hit, with both kinds of agents, from a seed. */
import type { WorkflowDefinition } from '@tutti/contracts';
import { type StepHandle, type StepKeys, workflow } from '@tutti/planner';
import { defaultOf, type Seeded } from '@tutti/testkit/simulation';

/** A run that stands still must not end by its own time-out: that it has not ended is the finding. */
const FOREVER = { timeout: '2_hours' };
/** A step may lose its agent many times in a storm of faults; that is not to end its run. */
const KEYS = { timeout: '20_seconds', retry: { max_attempts: 50, backoff: '200_ms', max_backoff: '500_ms' } };
const KINDS = ['maker', 'program'] as const;
/** Work of one step, ms: from shorter than a message takes under load to as long as a lease is looked at. */
const WORK_MS = { from: 5, to: 900 };

function stepOf(random: Seeded, id: string, more: StepKeys = {}): StepKeys {
  const { with: given = {}, ...rest } = more;
  return {
    agent: random.pick(KINDS),
    result: id,
    estimated_duration: '1_seconds',
    resource_requirements: { cpu: 10 + random.int(50), memory: 10 + random.int(40) },
    ...KEYS,
    ...rest,
    with: { ms: Math.round(random.between(WORK_MS.from, WORK_MS.to)), ...(given as object) },
  };
}

/** The specification's own: analyst → pm → {ux, architect} → developer → qa, joined before the developer. */
const product = (random: Seeded, id: string): WorkflowDefinition =>
  workflow(id, (w) => {
    w.about(FOREVER);
    const add = (name: string, more: StepKeys): StepHandle => w.step(name, stepOf(random.fork(name), name, more));
    const analyst = add('analyst', {});
    const pm = add('pm', { inputs: [analyst.ref('text')] });
    const ux = add('ux', { inputs: [pm.ref('text')] });
    const architect = add('architect', { inputs: [pm.ref('text')] });
    const design = w.group('design', [ux, architect], { synchronization_strategy: { timeout: '10_minutes' } });
    const developer = add('developer', { depends_on: [design.completion] });
    add('qa', { inputs: [developer.ref('text')] });
  });

/** A group that goes on without a member, whose gap is filled with a default, and one step after it. */
const panel = (random: Seeded, id: string): WorkflowDefinition =>
  workflow(id, (w) => {
    w.about(FOREVER);
    const names = ['quick', 'careful', 'absent'];
    const members = names.map((name) => {
      const isAbsent = name === 'absent';
      const more = isAbsent ? { with: { fails: 99 }, retry: 1, on_failure: 'continue' as const } : {};
      return w.step(name, stepOf(random.fork(name), name, more));
    });
    const strategy = {
      timeout: '10_minutes',
      success_criteria: 'at_least_one_agent_succeeds',
      partial_failure_handling: 'continue_with_available_results' as const,
      defaults: Object.fromEntries(names.map((name) => [`/${name}/text`, defaultOf(name)])),
    };
    const join = w.group('panel', members, { synchronization_strategy: strategy });
    w.step('editor', stepOf(random.fork('editor'), 'editor', { depends_on: [join.completion] }));
  });

/** Writers of one place, one after the other and side by side: replaced values and conflicts. */
const writers = (random: Seeded, id: string): WorkflowDefinition =>
  workflow(id, (w) => {
    w.about(FOREVER);
    const add = (name: string, before: readonly StepHandle[], shared: string): StepHandle =>
      w.step(
        name,
        stepOf(random.fork(name), name, {
          agent: 'maker',
          depends_on: before.map((each) => each.completion),
          context_requirements: { write: ['/shared'] },
          with: { shared, fails: random.fork(`fails/${name}`).int(2) },
        }),
      );
    const first = add('first', [], '/shared/a');
    const second = add('second', [first], '/shared/a');
    add('third', [second], '/shared/b');
    add('rival', [second], random.chance(0.5) ? '/shared/b' : '/shared/c');
  });

const SHAPES = [product, panel, writers];

export const nextWorkflow = (random: Seeded, id: string): WorkflowDefinition => random.pick(SHAPES)(random, id);

/** Three steps that need the whole pool together and nothing of each other: they start at once, or a slot has leaked. */
export const wholePool = (): WorkflowDefinition =>
  workflow('whole-pool', (w) => {
    for (const [i, memory] of [34, 33, 33].entries()) {
      w.step(`third-${i}`, {
        agent: 'maker',
        with: { ms: 500 },
        estimated_duration: '1_seconds',
        resource_requirements: { cpu: 40, memory },
      });
    }
  });
