/** Agents that say, on the bus, which attempt of which step they have finished; and the workflow that keeps them busy. */
import { setTimeout as pause } from 'node:timers/promises';
import { type AgentDefinition, defineAgent, type RunArgs } from '@tutti/agent';
import type { Bus } from '@tutti/bus';
import type { WorkflowDefinition } from '@tutti/contracts';
import { workflow } from '@tutti/planner';

/** Where agents say what they did: `run/step/attempt@process`. */
export const WORKED = 'test.worked';
/** Long enough that a kill at the start of a step finds it running. */
const WORK_MS = 600;

export function workers(bus: Bus, process: string): AgentDefinition[] {
  const run = async ({ run, step, attempt, signal }: RunArgs): Promise<{ text: string }> => {
    await pause(WORK_MS, undefined, { signal });
    bus.publish(WORKED, new TextEncoder().encode(`${run}/${step}/${attempt}@${process}`));
    return { text: step };
  };
  return [defineAgent({ name: 'worker', run }) as AgentDefinition];
}

/** first → {left, right}, joined → last. */
export const diamond = (): WorkflowDefinition =>
  workflow('diamond', (w) => {
    const keys = {
      agent: 'worker',
      timeout: '30_seconds',
      resource_requirements: { cpu: 10, memory: 10 },
      retry: { max_attempts: 3, backoff: '100_ms' },
    };
    const first = w.step('first', keys);
    const left = w.step('left', { ...keys, inputs: [first.ref('text')] });
    const right = w.step('right', { ...keys, inputs: [first.ref('text')] });
    const both = w.group('both', [left, right], { synchronization_strategy: { timeout: '60_seconds' } });
    w.step('last', { ...keys, depends_on: [both.completion] });
  });
