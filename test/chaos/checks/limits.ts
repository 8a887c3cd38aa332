/** Promise 5, by what the agents themselves wrote down: what runs at one moment never needs more than the pool has. */
import { DEFAULT_POOL, poolLimits } from '@tutti/contracts';
import type { Execution } from '../work/executions.ts';
import { type Check, clockOf, type Facts } from './facts.ts';

const LIMITS = poolLimits(DEFAULT_POOL);

/** Every moment at which an execution that began brought the sum over a limit. */
export const poolIsKept: Check = (facts) => {
  const needs = needsOf(facts);
  const byStart = [...facts.executions].sort((a, b) => a.from - b.from);
  return byStart.flatMap((one) => {
    const running = byStart.filter((each) => each.from <= one.from && each.to > one.from);
    const over = overOf(running, needs);
    if (over === undefined) return [];
    const names = running.map((each) => `${each.run}/${each.step}/${each.attempt}@${each.by}`).join(' ');
    return [`${clockOf(one.from)}: ${over} at once: ${names}`];
  });
};

interface Needs {
  readonly cpu: number;
  readonly memory: number;
}

const needsOf = ({ runs }: Facts): ReadonlyMap<string, Needs> =>
  new Map(
    runs.flatMap(({ run, definition }) => (definition?.steps ?? []).map((s) => [`${run}/${s.id}`, s.needs] as const)),
  );

function overOf(running: readonly Execution[], needs: ReadonlyMap<string, Needs>): string | undefined {
  const used = { cpu: 0, memory: 0, agents: running.length };
  for (const { run, step } of running) {
    const { cpu = 0, memory = 0 } = needs.get(`${run}/${step}`) ?? {};
    used.cpu += cpu;
    used.memory += memory;
  }
  const isOver = used.cpu > LIMITS.cpu || used.memory > LIMITS.memory || used.agents > LIMITS.agents;
  return isOver ? `${used.cpu} CPU, ${used.memory} memory, ${used.agents} agents` : undefined;
}
