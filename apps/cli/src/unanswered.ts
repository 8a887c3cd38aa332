/** What is said before a run of one process begins: which of its steps wait for somebody who cannot reach it. */
import type { WorkflowDefinition, WorkflowStep } from '@tutti/contracts';
import { span } from './text/units.ts';

/** Steps named; what holds of these holds of the rest. */
const MOST_STEPS = 5;

/** A line for each such step: what becomes of it, and when. */
export const unansweredLines = ({ steps }: Pick<WorkflowDefinition, 'steps'>): readonly string[] =>
  steps.flatMap(lineOf).slice(0, MOST_STEPS);

function lineOf({ id, wait, timeoutMs }: WorkflowStep): readonly string[] {
  if (wait === undefined) return [];
  const after = `after ${span(timeoutMs)}, its \`timeout\`, it`;
  const [who, becomes, order] =
    wait.for === 'approval'
      ? ['a person', `is ${wait.default === 'approve' ? 'approved' : 'rejected'} by default`, 'approve']
      : ['a signal', 'fails', 'signal'];
  const where = 'nobody can answer a run of one process';
  return [
    `tutti: step "${id}" waits for ${who}, and ${where}: ${after} ${becomes}; in a cluster \`tutti ${order}\` answers it`,
  ];
}
