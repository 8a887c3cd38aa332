/** Whoever looks at a run is told of each step that does not run what it waits for. */
import type { StepView } from '@tutti/contracts';
import { type Checker, when } from './evidence.ts';

const WAITING: ReadonlySet<string> = new Set(['pending', 'queued', 'placing', 'backoff', 'waiting']);

/**
 * Whoever wrote the workflow may have left out what a person is to be asked; that one is waited for says enough. Of a step that was
 * answered the answer is told, which is on its way into the context.
 */
const isExplained = ({ waitsOn, answer }: StepView): boolean => {
  if (waitsOn === undefined) return answer !== undefined;
  return waitsOn.reason !== '' || waitsOn.kind === 'person' || waitsOn.kind === 'signal';
};

const isUnexplained = (step: StepView): boolean => WAITING.has(step.status) && !isExplained(step);

export const waitsAreExplained: Checker = ({ observations }) =>
  observations.flatMap((seen) => {
    if (seen.kind !== 'answered' || seen.message.type !== 'run.state' || seen.message.phase === 'ended') return [];
    const { run, steps } = seen.message;
    return steps
      .filter(isUnexplained)
      .map(({ id, status }) => `${when(seen.at)}: ${run}: "${id}" is ${status}, and nobody says what it waits for`);
  });
