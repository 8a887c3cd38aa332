/**
 * The simple rules of the literature, written down once more as plainly as they can be: what any planner must at least equal.
 * Shares no code with the planner.
 */
import type { WorkflowDefinition, WorkflowStep } from '@tutti/contracts';
import { awaitedBy, resourcesOf } from './plan-checker.ts';

/** Smaller goes first. */
export const SIMPLE_RULES: Readonly<
  Record<string, (definition: WorkflowDefinition) => (step: WorkflowStep) => number>
> = {
  'longest way to the end': (definition) => {
    const tail = tailOf(definition);
    return (step) => -tail(step.id);
  },
  'latest finish': (definition) => {
    const tail = tailOf(definition);
    return (step) => step.estimate.likelyMs - tail(step.id);
  },
  'as written': (definition) => (step) => definition.steps.indexOf(step),
  'longest first': () => (step) => -step.estimate.likelyMs,
  'shortest first': () => (step) => step.estimate.likelyMs,
};

function tailOf(definition: WorkflowDefinition): (id: string) => number {
  const known = new Map<string, number>();
  const tail = (id: string): number => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const after = definition.steps.filter((step) => awaitedBy(definition, step).includes(id));
    const own = definition.steps.find((step) => step.id === id)?.estimate.likelyMs ?? 0;
    const length = own + Math.max(0, ...after.map((step) => tail(step.id)));
    known.set(id, length);
    return length;
  };
  return tail;
}

/** Goes through time; at each moment, what is ready starts in order of rank if it fits. Returns the makespan. */
export function listSchedule(definition: WorkflowDefinition, rank: (step: WorkflowStep) => number): number {
  const resources = resourcesOf(definition);
  const ends = new Map<string, number>();
  const queue = [...definition.steps].sort((a, b) => rank(a) - rank(b));
  for (let now = 0; queue.length > 0; ) {
    let started = true;
    while (started) {
      started = false;
      for (const step of [...queue]) {
        const isReady = awaitedBy(definition, step).every((id) => (ends.get(id) ?? Number.POSITIVE_INFINITY) <= now);
        const running = definition.steps.filter(({ id }) => (ends.get(id) ?? 0) > now);
        const fits = resources.every(
          ({ units, of }) => running.reduce((sum, other) => sum + of(other), of(step)) <= units + 1e-9,
        );
        if (!isReady || (!fits && step.estimate.likelyMs > 0)) continue;
        ends.set(step.id, now + step.estimate.likelyMs);
        queue.splice(queue.indexOf(step), 1);
        // What takes no time may have made others ready at once.
        started ||= step.estimate.likelyMs === 0;
      }
    }
    const next = [...ends.values()].filter((end) => end > now);
    if (queue.length > 0 && next.length === 0) throw new Error('nothing runs and nothing can start');
    now = Math.min(...next);
  }
  return Math.max(0, ...ends.values());
}
