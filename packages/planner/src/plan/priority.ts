import type { WorkflowDefinition, WorkflowStep } from '@tutti/contracts';

/**
 * Specification: critical path 10, parallel group 7, validation 5. A step that only judges never goes first; one that others
 * wait for, such as a gate, is a step like any other.
 */
export function classOf(
  { priorities }: WorkflowDefinition,
  step: WorkflowStep,
  critical: boolean,
  isLast: boolean,
): number {
  if (step.validates.length > 0 && isLast) return priorities.validation;
  return critical ? priorities.critical : priorities.parallel;
}
