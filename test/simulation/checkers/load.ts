/**
 * Promise 5, by the work itself and not by what is said of it: what agents work on at one moment never needs more than the pool
 * has, whoever is cut off, stands still or comes late. A process that stands still does nothing meanwhile; when it goes on, it stops in its
 * first turn what nobody has heard of for too long, so what it works on counts from the next moment on.
 */
import { DEFAULT_POOL, poolLimits, type WorkflowStep } from '@tutti/contracts';
import type { Observation, Worked } from '@tutti/testkit/simulation';
import { type Checker, type Evidence, when } from './evidence.ts';
import { marred } from './lost.ts';

export const workFitsThePool: Checker = (evidence) => {
  const load = new Load(evidence);
  return evidence.observations.flatMap((seen) => load.take(seen));
};

const LIMITS = poolLimits(DEFAULT_POOL);

class Load {
  /** Of each process, by attempt. */
  readonly #working = new Map<string, Map<string, Worked>>();
  readonly #paused = new Set<string>();
  /** When a process went on whose work is not counted yet, ms. */
  #resumedAt: number | undefined;
  readonly #steps: ReadonlyMap<string, WorkflowStep>;
  readonly #uncounted: ReadonlySet<string>;

  constructor(evidence: Evidence) {
    // What a run has forgotten with its journal goes on until its time is over, and nobody counts it.
    this.#uncounted = marred(evidence, 'wf');
    this.#steps = new Map(
      evidence.runs.flatMap(({ run, definition }) => (definition?.steps ?? []).map((s) => [`${run}/${s.id}`, s])),
    );
  }

  /** What is over its limit from now on. */
  take(seen: Observation): readonly string[] {
    const late = this.#resumedAt !== undefined && seen.at > this.#resumedAt ? this.#excess(this.#resumedAt) : undefined;
    if (this.#resumedAt !== undefined && seen.at > this.#resumedAt) this.#resumedAt = undefined;
    return [late, this.#now(seen)].filter((excess) => excess !== undefined);
  }

  #now(seen: Observation): string | undefined {
    if (seen.kind === 'process') {
      if (seen.phase === 'paused') this.#paused.add(seen.process);
      else this.#paused.delete(seen.process);
      if (seen.phase === 'killed') this.#working.delete(seen.process);
      if (seen.phase === 'resumed') this.#resumedAt = seen.at;
      return undefined;
    }
    if (seen.kind !== 'worked') return undefined;
    const { process, run, step, attempt, phase } = seen;
    const here = this.#working.get(process) ?? new Map<string, Worked>();
    this.#working.set(process, here);
    const key = `${run}/${step}/${attempt}`;
    if (phase === 'ends') here.delete(key);
    else here.set(key, seen);
    return phase === 'begins' ? this.#excess(seen.at) : undefined;
  }

  #excess(at: number): string | undefined {
    const working = [...this.#working]
      .filter(([process]) => !this.#paused.has(process))
      .flatMap(([, attempts]) => [...attempts.values()])
      .filter(({ run }) => !this.#uncounted.has(run));
    const sum = { cpu: 0, memory: 0, agents: working.length };
    for (const { run, step } of working) {
      const { cpu = 0, memory = 0 } = this.#steps.get(`${run}/${step}`)?.needs ?? {};
      sum.cpu += cpu;
      sum.memory += memory;
    }
    if (sum.cpu <= LIMITS.cpu && sum.memory <= LIMITS.memory && sum.agents <= LIMITS.agents) return undefined;
    const names = working.map(({ process, run, step, attempt }) => `${run}/${step}/${attempt}@${process}`).join(' ');
    return `${when(at)}: ${sum.cpu} CPU, ${sum.memory} memory, ${sum.agents} agents are at work: ${names}`;
  }
}
