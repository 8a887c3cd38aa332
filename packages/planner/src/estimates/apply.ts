import type { PlanEstimate, WorkflowDefinition, WorkflowStep } from '@tutti/contracts';
import { type FinishedStep, History } from './history.ts';

export interface Estimated {
  /** The definition with the estimates that the plan uses. */
  readonly definition: WorkflowDefinition;
  /** By step, what the plan says about it. */
  readonly estimates: readonly PlanEstimate[];
}

/**
 * The estimate of each step: what past runs took where there are enough of them, else what the file says. A range is a
 * three-point estimate whose likely value is the middle, so its expected value (min + 4 · likely + max) / 6 is the middle too.
 * Steps that were `asked` about keep what they have: a question overrules the past.
 */
export function estimated(
  definition: WorkflowDefinition,
  finished?: Iterable<FinishedStep>,
  asked: readonly string[] = [],
): Estimated {
  if (finished === undefined) return { definition, estimates: definition.steps.map(writtenEstimate) };
  const history = new History(finished);
  const overruled = new Set(asked);
  const estimates: PlanEstimate[] = [];
  const steps = definition.steps.map((step): WorkflowStep => {
    const learned = overruled.has(step.id) ? undefined : history.estimateOf(step.agent, step.id);
    if (learned === undefined) {
      estimates.push(writtenEstimate(step));
      return step;
    }
    const { p10Ms, medianMs, p90Ms, samples, inputBytes } = learned;
    const range = { minMs: p10Ms, maxMs: p90Ms, source: 'history' } as const;
    estimates.push({ ...range, samples, ...(inputBytes === undefined ? {} : { inputBytes }) });
    return { ...step, estimate: { ...range, likelyMs: medianMs } };
  });
  return { definition: { ...definition, steps }, estimates };
}

const writtenEstimate = ({ estimate: { source, minMs, maxMs } }: WorkflowStep): PlanEstimate => ({
  source,
  minMs,
  maxMs,
});

/** The workflow with what past runs took in the place of its estimates, where there are enough of them. */
export const withHistory = (definition: WorkflowDefinition, finished: Iterable<FinishedStep>): WorkflowDefinition =>
  estimated(definition, finished).definition;
