/** How long runs really take, beside what was planned for them. */
import { planWorkflow } from '@tutti/planner';
import { nowMs } from '../time.adapter.ts';
import { type MakespanRow, makespanRowOf } from './report.ts';
import { embeddedMakespan, type MakespanSide, natsMakespan } from './sides.ts';
import { type MeasuredWorkflow, measuredWorkflows } from './workflows.ts';

export interface MakespanOptions {
  readonly nats: boolean;
  readonly url?: string;
  /** What the shortest step of each workflow takes. */
  readonly leastMs: number;
  readonly runs: number;
  /** Runs of each workflow before anything is measured, with agents that take next to nothing. */
  readonly warmUpRuns: number;
}

/** One row a workflow, as soon as it is measured. */
export async function* makespanBench(options: MakespanOptions): AsyncGenerator<MakespanRow> {
  const workflows = measuredWorkflows(options.leastMs);
  const overNats = options.nats || options.url !== undefined;
  const side = overNats ? await natsMakespan(options.url) : await embeddedMakespan(workflows);
  try {
    await warmUp(side, options.warmUpRuns);
    for (const workflow of workflows) yield await measure(side, workflow, options.runs, overNats ? 'nats' : 'memory');
  } finally {
    await side.stop();
  }
}

async function warmUp({ submit }: MakespanSide, runs: number): Promise<void> {
  const quick = measuredWorkflows(1);
  for (let run = 0; run < runs; run += 1) {
    for (const { definition, inputs } of quick) await submit(definition, inputs);
  }
}

async function measure(
  { submit, bare }: MakespanSide,
  { name, definition, inputs }: MeasuredWorkflow,
  runs: number,
  over: MakespanRow['over'],
): Promise<MakespanRow> {
  const plan = planWorkflow(definition);
  const durations = new Map(plan.steps.map(({ id, durationMs }) => [id, durationMs]));
  const waits = plan.criticalPath.map((id) => durations.get(id) ?? 0);
  const makespansMs: number[] = [];
  const seenMs: number[] = [];
  const bareMs: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const at = nowMs();
    const { makespanMs } = await submit(definition, inputs);
    seenMs.push(nowMs() - at);
    makespansMs.push(makespanMs);
    // In turns, so that a slow moment of the machine hits both.
    const bareAt = nowMs();
    await bare(waits);
    bareMs.push(nowMs() - bareAt);
  }
  return makespanRowOf({
    over,
    workflow: name,
    steps: plan.steps.length,
    shortestStepMs: Math.min(...plan.steps.map(({ durationMs }) => durationMs)),
    plannedMs: plan.makespanMs,
    lowerBoundMs: plan.lowerBoundMs,
    chain: plan.criticalPath.length,
    chainMs: plan.bounds.criticalPathMs,
    makespansMs,
    seenMs,
    bareMs,
  });
}
