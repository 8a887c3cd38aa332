/** Workflows that people have written are loaded, planned and really run, with agents that only take their time. */

import { decodeJson } from '@tutti/bus';
import { startEmbedded } from '@tutti/cluster';
import { createSubjects, DEFAULT_POOL, type TuttiEvent, tuttiEvent, type WorkflowDefinition } from '@tutti/contracts';
import { planWorkflow } from '@tutti/planner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSubmitter, type Submit } from '../submitter.ts';
import { makespanRow, makespanRowOf } from './report.ts';
import { measuredWorkflows, scriptedAgents } from './workflows.ts';

const workflows = measuredWorkflows(10);
let submit: Submit;
let stop: () => Promise<void>;
const events: TuttiEvent[] = [];

beforeAll(async () => {
  const embedded = await startEmbedded({ agents: scriptedAgents(workflows), instances: 4, pool: DEFAULT_POOL });
  const all = createSubjects().of('runEvent', { run: '*', noun: '*', verb: '*' });
  embedded.bus.subscribe(all, ({ data }) => void events.push(tuttiEvent.parse(decodeJson(data))));
  submit = await createSubmitter(embedded.bus);
  stop = () => embedded.stop();
});
afterAll(() => stop());

/** Runs it and returns when each step started and ended, in the order in which the engine said so. */
async function ran(definition: WorkflowDefinition): Promise<{ readonly type: string; readonly step: string }[]> {
  const from = events.length;
  await submit(definition, {});
  return events.slice(from).flatMap(({ type, data }) => {
    const { step } = data as { step?: string };
    return step !== undefined && (type === 'step.started' || type === 'step.succeeded') ? [{ type, step }] : [];
  });
}

describe.each(workflows)('$name', ({ definition }) => {
  it('runs every step of its plan, none before what it waits for has ended', async () => {
    const log = await ran(definition);
    const at = (type: string, id: string): number => log.findIndex((line) => line.type === type && line.step === id);
    const plan = planWorkflow(definition);
    expect(new Set(log.map(({ step }) => step))).toEqual(new Set(plan.steps.map(({ id }) => id)));
    for (const { from, to, blocking } of plan.edges) {
      if (blocking) expect(at('step.started', to), `${from} -> ${to}`).toBeGreaterThan(at('step.succeeded', from));
    }
  });
});

it('a step that waits for room starts when it is given back, not a lease later', async () => {
  const poolBound = workflows.find(({ name }) => name === 'pool-bound')!.definition;
  const { makespanMs, sequentialMs } = planWorkflow(poolBound);
  const at = performance.now();
  await submit(poolBound, {});
  // Generous, for a machine with other work: a third of a lease is three seconds.
  expect(performance.now() - at).toBeLessThan(makespanMs + sequentialMs + 2_000);
});

it('a run that takes longer than the bar allows is said to', () => {
  const measured = {
    over: 'memory',
    workflow: 'w',
    steps: 2,
    shortestStepMs: 50,
    chain: 2,
    chainMs: 100,
    bareMs: [101],
  } as const;
  const row = (ms: number) =>
    makespanRowOf({ ...measured, plannedMs: 100, lowerBoundMs: 100, makespansMs: [ms, ms, ms], seenMs: [ms + 4] });
  expect(makespanRow.parse(row(103))).toMatchObject({
    ratio: 1.03,
    seenRatio: 1.07,
    bareRatio: 1.01,
    overBare: 1.0198,
    targets: { 'ratio <= 1.03': true },
  });
  expect(row(104).targets).toEqual({ 'ratio <= 1.03': false });
});
