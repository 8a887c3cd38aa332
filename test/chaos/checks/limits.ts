/**
 * Promise 5, by what the agents themselves wrote down: what runs at one moment never needs more than the pool has.
 *
 * The known exception is told apart: work in or for a process that did not hear for longer than it takes to be given up (three
 * heartbeats, the lease of a node, the lease of the pool) may overlap with what was started in its place.
 */
import { DEFAULT_POOL, poolLimits } from '@tutti/contracts';
import type { Execution } from '../work/executions.ts';
import { clockOf, type Facts } from './facts.ts';

export interface Excess {
  readonly at: number;
  readonly text: string;
  /** The fault that excuses it. */
  readonly excuse: string | undefined;
}

const LIMITS = poolLimits(DEFAULT_POOL);
/** Silence after which somebody may be given up, ms: the node's lease of 3 s counts from a renewal, and is the shortest. */
const GIVEN_UP_MS = 2_000;
/** What was ordered in the silence may begin when it ends, until the order to stop is heard too, ms. */
const ON_ITS_WAY_MS = 1_000;
/** How long the consequences of a silence may last: the lease of the pool, and a look at it. */
const AFTERWARDS_MS = 12_000;

/** Every moment at which an execution that began brought the sum over a limit. */
export function excesses(facts: Facts): readonly Excess[] {
  const needs = needsOf(facts);
  const byStart = [...facts.executions].sort((a, b) => a.from - b.from);
  return byStart.flatMap((one) => {
    const running = byStart.filter((each) => each.from <= one.from && each.to > one.from);
    const over = overOf(running, needs);
    if (over === undefined) return [];
    const names = running.map((each) => `${each.run}/${each.step}/${each.attempt}@${each.by}`).join(' ');
    return [
      {
        at: one.from,
        text: `${clockOf(one.from)}: ${over} at once: ${names}`,
        excuse: excuseOf(facts, one.from, running),
      },
    ];
  });
}

export const poolIsKept = (facts: Facts): readonly string[] =>
  excesses(facts).flatMap(({ text, excuse }) => (excuse === undefined ? [text] : []));

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

/**
 * Who was silent long enough to be given up, and took part in it: a process of agents by its own work, a node as whoever owned
 * runs or the pool. A killed process is no excuse, since what was in it does not work any more; nor is the broker.
 */
function excuseOf({ faults }: Facts, at: number, running: readonly Execution[]): string | undefined {
  const silent = faults.find(({ kind, target, from, to }) => {
    if (to - from < GIVEN_UP_MS || at < from + GIVEN_UP_MS) return false;
    if (kind === 'freeze_node' || kind === 'cut_node') return at <= to + AFTERWARDS_MS;
    if (kind !== 'freeze_agents' && kind !== 'cut_agents') return false;
    return running.some((each) => each.by === target && each.from <= to + ON_ITS_WAY_MS);
  });
  return silent === undefined ? undefined : `${silent.kind} of ${silent.target}, ${silent.to - silent.from} ms`;
}
