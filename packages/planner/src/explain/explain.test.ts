import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestOfRules, explainStep, loadWorkflow, planWorkflow } from '../index.ts';

const explained = (text: string, id: string) => {
  const { definition, sources } = loadWorkflow(text, { file: 'f.yaml' });
  return explainStep(definition, planWorkflow(definition, { sources }), id);
};

describe('why a step starts when it starts', () => {
  it('with the run: nothing holds it', () => {
    expect(explained('steps: {a: {}}\n', 'a')?.hold).toEqual({ kind: 'nothing' });
  });

  it('when the last of what it waits for ends: that edge, with its reason and place', () => {
    const text = 'steps:\n  a: {estimated_duration: 1}\n  b: {estimated_duration: 2}\n  c: {inputs: [a.x, b.y]}\n';
    const found = explained(text, 'c');
    expect(found?.hold).toMatchObject({
      kind: 'edges',
      edges: [{ from: 'b', why: '"c" takes "b.y"', place: { line: 4, col: 21 } }],
    });
    expect(found?.chain.map(({ step }) => step.id)).toEqual(['b']);
    expect(explained(text, 'a')?.holdsUp.map(({ to }) => to)).toEqual(['c']);
  });

  it('when somebody gives back what it needs: that resource, with who has it', () => {
    const step = (cpu: number) => `{estimated_duration: 2, resource_requirements: {cpu: ${cpu}, memory: 1}}`;
    const found = explained(`steps:\n  a: ${step(70)}\n  b: ${step(60)}\n`, 'b');
    const hold = found?.hold;
    expect(hold).toMatchObject({
      kind: 'resource',
      readyMs: 0,
      shortage: { resource: 'cpu', needed: 60, used: 70, limit: 120 },
    });
    expect(hold?.kind === 'resource' && hold.shortage.holders.map(({ id }) => id)).toEqual(['a']);
    expect(found?.free.map(({ type }) => type)).toEqual(['resource']);
  });

  it('of a named resource and of agents at once too', () => {
    const gpu = '{estimated_duration: 1, resource_requirements: {cpu: 1, memory: 1, resources: {gpu: 1}}}';
    expect(explained(`pool: {resources: {gpu: 1}}\nsteps: {a: ${gpu}, b: ${gpu}}\n`, 'b')?.hold).toMatchObject({
      shortage: { resource: 'gpu' },
    });
    const small = '{estimated_duration: 1, resource_requirements: {cpu: 1, memory: 1}}';
    const four = `steps: {a: ${small}, b: ${small}, c: ${small}, d: ${small}}\n`;
    expect(explained(four, 'd')?.hold).toMatchObject({ shortage: { resource: 'agents', used: 3, limit: 3 } });
  });

  it('is not known of a step that is not there', () => {
    expect(explained('steps: {a: {}}\n', 'b')).toBeUndefined();
  });

  it('always ends at the start of the run, and never says that it could have started earlier in a plan of the rules', () => {
    const rows = fc.array(
      fc.record({ duration: fc.integer({ min: 1, max: 9 }), cpu: fc.integer({ min: 1, max: 120 }), back: fc.nat(9) }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(rows, (list) => {
        const steps = list.map(({ duration, cpu, back }, at) => ({
          id: `s${at}`,
          estimated_duration: duration,
          resource_requirements: { cpu, memory: 1 },
          depends_on: back > 0 && at - back >= 0 ? [`s${at - back}`] : [],
        }));
        const { definition } = loadWorkflow(JSON.stringify({ steps }), { file: 'f' });
        const plan = planWorkflow(definition, { schedule: bestOfRules });
        for (const { id, plannedStartMs } of plan.steps) {
          const { step, hold, chain } = explainStep(definition, plan, id)!;
          const holds = [{ step, hold }, ...chain];
          expect(holds.at(-1)).toMatchObject({ step: { plannedStartMs: 0 }, hold: { kind: 'nothing' } });
          expect(holds.map((each) => each.hold.kind)).not.toContain('choice');
          for (const [at, before] of chain.entries()) {
            expect(before.step.plannedEndMs).toBe(holds[at]?.step.plannedStartMs);
          }
          expect(hold.kind === 'nothing').toBe(plannedStartMs === 0);
        }
      }),
      { numRuns: 60 },
    );
  });
});
