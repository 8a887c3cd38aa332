import { planWorkflow, workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';
import { urgencyOf } from './urgency.ts';

/** Three chains in a pool for two: `long` is critical, and the plan lets `short` begin before `long_2` can. */
function held(keys: Record<string, object> = {}) {
  return workflow('held', (w) => {
    const step = (id: string, seconds: number, cpu: number, depends_on: string[] = []) =>
      w.step(id, {
        estimated_duration: seconds,
        resource_requirements: { cpu, memory: 1 },
        depends_on,
        ...keys[id],
      });
    step('big', 10, 120);
    step('after', 30, 60, ['big']);
    step('small', 10, 70);
    step('next', 25, 70, ['small']);
  });
}

function classesOf(definition = held()) {
  const plan = planWorkflow(definition);
  const rows = plan.steps.toSorted((a, b) => a.plannedStartMs - b.plannedStartMs);
  return rows.map((row) => [row.id, row.priority, urgencyOf(definition, plan, row)] as const);
}

describe('the urgency of a step', () => {
  it('is its class where the pool holds up no critical step', () => {
    const definition = workflow('wide', (w) => {
      w.step('a', { estimated_duration: 9 });
      w.step('b', { estimated_duration: 3 });
    });
    expect(classesOf(definition).map(([, , urgency]) => urgency)).toEqual([10, 7]);
  });

  it('is that of the critical step which the plan lets wait for it, so that the pool keeps to the plan', () => {
    const definition = held();
    const plan = planWorkflow(definition);
    const order = plan.steps.toSorted((a, b) => a.plannedStartMs - b.plannedStartMs);
    const firstHeld = order.find((row) => row.critical && row.plannedStartMs > row.earliestStartMs);
    const before = order.filter(({ id, plannedStartMs }) => {
      return id !== firstHeld?.id && plannedStartMs < (firstHeld?.plannedStartMs ?? 0);
    });
    expect(before.some(({ priority }) => priority === 7)).toBe(true);
    for (const row of before) expect(urgencyOf(definition, plan, row)).toBe(10);
  });

  it('stays what the author wrote', () => {
    const written = classesOf(held({ small: { priority: 3 } }));
    expect(written.find(([id]) => id === 'small')).toEqual(['small', 3, 3]);
  });

  it('goes with the named resources that the step uses, and how much there is of them by its workflow', () => {
    const definition = workflow('named', (w) => {
      w.set({ pool: { resources: { gpu: 2, model: 1 } } });
      w.step('a', { resource_requirements: { resources: { gpu: 1 } } });
      w.step('b', {});
    });
    const world = new RunWorld(definition);
    const [a, b] = world.sent('resource.acquire').flatMap(({ requests }) => requests);
    expect(a).toMatchObject({ step: 'a', uses: { gpu: 1 }, capacity: { gpu: 2 } });
    expect(b).not.toHaveProperty('uses');
    const row = {
      lease: a?.lease ?? '',
      position: 1,
      lacks: 'named',
      resource: 'gpu',
      free: 0,
      needed: 1,
      heldBy: ['q/x'],
    };
    world.take({ type: 'resource.answer', pool: 'default', granted: [], waiting: [row], refused: [], leaseMs: 10_000 });
    expect(world.events('step.waiting')).toMatchObject([
      { step: 'a', kind: 'pool', names: ['q/x'], reason: expect.stringContaining('waits for gpu: needs 1, 0 free') },
    ]);
  });

  it('asks the pool for what was to begin first before the rest, whatever remains after it', () => {
    const definition = held();
    const starts = new Map(planWorkflow(definition).steps.map((row) => [row.id, row.plannedStartMs]));
    const asked = new RunWorld(definition).sent('resource.acquire').flatMap(({ requests }) => requests);
    expect(asked.length).toBeGreaterThan(1);
    const [first, second] = asked.toSorted((a, b) => b.rank - a.rank);
    expect((first?.rank ?? 0) - (second?.rank ?? 0)).toBe(
      (starts.get(second?.step ?? '') ?? 0) - (starts.get(first?.step ?? '') ?? 0),
    );
  });
});
