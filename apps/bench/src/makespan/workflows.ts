/** Workflows that people have written, and one that the pool holds back, with agents that take just their estimate. */
import { readFileSync } from 'node:fs';
import { type AgentDefinition, defineAgent } from '@tutti/agent';
import { DEFAULT_POOL, type WorkflowDefinition, type WorkflowJson, type WorkflowStep } from '@tutti/contracts';
import { loadWorkflow, type StepHandle, workflow } from '@tutti/planner';
import { pause } from './pause.adapter.ts';

const EXAMPLES = new URL('../../../../examples/', import.meta.url);

export interface MeasuredWorkflow {
  readonly name: string;
  readonly definition: WorkflowDefinition;
  readonly inputs: Readonly<Record<string, WorkflowJson>>;
}

const FILES = [
  ['specification', 'product-design/workflow.yaml'],
  ['greenfield-fullstack', 'bmad/greenfield-fullstack.yaml'],
  ['greenfield-service', 'bmad/greenfield-service.yaml'],
  ['greenfield-ui', 'bmad/greenfield-ui.yaml'],
] as const;

/** `leastMs` is what the shortest step takes; the others keep their proportion to it. */
export function measuredWorkflows(leastMs: number): MeasuredWorkflow[] {
  const files = FILES.map(([name, path]) => {
    const text = readFileSync(new URL(path, EXAMPLES));
    return { name, ...scripted(loadWorkflow(text, { file: path }).definition, leastMs) };
  });
  return [...files, { name: 'pool-bound', ...scripted(poolBound(), leastMs) }];
}

/** The agents of all of them: each waits as long as its step says and gives every output that it declares. */
export function scriptedAgents(workflows: readonly MeasuredWorkflow[]): AgentDefinition[] {
  const names = new Set(workflows.flatMap(({ definition }) => definition.steps.map(({ agent }) => agent)));
  return [...names].map(
    (name) =>
      defineAgent({
        name,
        async run({ input, signal }) {
          const { takes_ms: ms, gives } = input as { takes_ms: number; gives: string[] };
          await pause(ms, signal);
          return Object.fromEntries(gives.map((key) => [key, `${key} by ${name}`]));
        },
      }) as unknown as AgentDefinition,
  );
}

/** The same workflow with estimates scaled to tens of milliseconds; time-outs stay, so nothing is cut off. */
function scripted(definition: WorkflowDefinition, leastMs: number): Pick<MeasuredWorkflow, 'definition' | 'inputs'> {
  const shortest = Math.min(...definition.steps.map(({ estimate }) => estimate.likelyMs));
  const steps = definition.steps.map((step): WorkflowStep => {
    const ms = Math.round((step.estimate.likelyMs * leastMs) / shortest);
    return {
      ...step,
      estimate: { ...step.estimate, minMs: ms, likelyMs: ms, maxMs: ms },
      with: { takes_ms: ms, gives: givenBy(step) },
    };
  });
  return { definition: { ...definition, steps, agentModules: [], pool: DEFAULT_POOL }, inputs: {} };
}

const givenBy = ({ outputs, resultPath }: WorkflowStep): string[] =>
  outputs.flatMap((path) => {
    const key = path.startsWith(`${resultPath}/`) ? path.slice(resultPath.length + 1).split('/')[0] : undefined;
    return key === undefined ? [] : [key];
  });

/** Four branches of four steps that want more of the pool than there is, so that who waits for whom decides the length. */
function poolBound(): WorkflowDefinition {
  const SECONDS = [5, 9, 7, 6, 8, 5, 10, 6, 7, 5, 6, 9, 5, 8, 6, 7];
  const CPU = [40, 60, 30, 50, 60, 40, 30, 70, 50, 30, 60, 40, 70, 30, 50, 40];
  return workflow('pool-bound', (w) => {
    const ends = [0, 1, 2, 3].map((branch) => {
      let last: StepHandle = w.step(`b${branch}_0`, keysOf(branch * 4));
      for (let at = 1; at < 4; at += 1) {
        last = w.step(`b${branch}_${at}`, { ...keysOf(branch * 4 + at), depends_on: [last.completion] });
      }
      return last;
    });
    w.step('end', { ...keysOf(0), depends_on: ends.map(({ completion }) => completion) });
  });
  function keysOf(at: number) {
    return {
      agent: 'worker',
      outputs: ['part'],
      estimated_duration: SECONDS[at] ?? 5,
      resource_requirements: { cpu: CPU[at] ?? 30, memory: 20 },
    };
  }
}
