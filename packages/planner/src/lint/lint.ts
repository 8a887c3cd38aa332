import type { FindingCode, Place, WorkflowDefinition, WorkflowGroup, WorkflowStep } from '@tutti/contracts';
import type { FindingList } from '../file/findings.ts';
import { groupBy } from '../file/names.ts';
import type { Sources } from '../file/resolution.ts';
import { buildGraph, topologicalOrder } from '../graph/graph.ts';
import { REACH_LIMIT, reachability } from '../graph/reach.ts';

/** Advice on a definition that has no errors: nothing here refuses a file. */
export function lintDefinition(definition: WorkflowDefinition, findings: FindingList, sources?: Sources): void {
  const lint: Lint = { definition, findings, sources };
  for (const step of definition.steps) lintTimeout(lint, step);
  const members = groupBy(definition.steps, ({ groupId }) => groupId ?? '');
  for (const group of definition.groups) lintBarrier(lint, group, members.get(group.id) ?? []);
  lintWriters(lint);
  lintUnused(lint);
}

interface Lint {
  readonly definition: WorkflowDefinition;
  readonly findings: FindingList;
  readonly sources: Sources | undefined;
}

const nowhere = ({ findings }: Lint): Place => ({ file: findings.file, line: 1, col: 1 });

function warn(lint: Lint, code: FindingCode, stepId: string, message: string, suggestion: string): void {
  const at = lint.sources?.steps.get(stepId) ?? nowhere(lint);
  lint.findings.add(code, at, message, { severity: 'warning', suggestion });
}

function lintTimeout(lint: Lint, { id, timeoutMs, estimate }: WorkflowStep): void {
  if (timeoutMs >= estimate.maxMs) return;
  const message = `"${id}" times out after ${timeoutMs} ms; its estimate goes up to ${estimate.maxMs} ms`;
  warn(lint, 'short_timeout', id, message, 'raise the time-out or correct the estimate');
}

function lintBarrier(lint: Lint, group: WorkflowGroup, members: readonly WorkflowStep[]): void {
  if (group.barrier === undefined) return;
  const longest = Math.max(0, ...members.map(({ estimate }) => estimate.likelyMs));
  if (longest <= group.barrier.timeoutMs) return;
  const at = lint.sources?.groups.get(group.id) ?? nowhere(lint);
  const message = `the barrier of "${group.id}" times out after ${group.barrier.timeoutMs} ms; a member is likely to take ${longest} ms`;
  lint.findings.add('short_barrier', at, message, { severity: 'warning', suggestion: 'raise its time-out' });
}

/** Two steps that may run at once and declare the same output, or one inside the other. */
function lintWriters(lint: Lint): void {
  const { steps } = lint.definition;
  if (steps.length > REACH_LIMIT) return;
  const writers = groupBy(
    steps.flatMap((step, node) => step.outputs.map((path) => ({ step, node, path }))),
    ({ path }) => path,
  );
  const shared = [...writers.values()].filter((list) => list.length > 1);
  if (shared.length === 0) return;
  const graph = buildGraph(lint.definition);
  const reach = reachability(graph, topologicalOrder(graph));
  for (const list of shared) {
    for (const [at, second] of list.entries()) {
      const first = list.slice(0, at).find((other) => reach.areParallel(other.node, second.node));
      if (first === undefined) continue;
      const message = `"${first.step.id}" and "${second.step.id}" may run at once and both write ${second.path}`;
      warn(lint, 'parallel_writers', second.step.id, message, 'let one wait for the other, or give each its own path');
    }
  }
}

/** Outputs that no step takes. What nothing depends on at all is a result of the run, and rightly unread. */
function lintUnused(lint: Lint): void {
  const { steps } = lint.definition;
  const taken = groupBy(
    steps.flatMap((step) => step.inputs.flatMap(({ from, path }) => from.map((producer) => ({ producer, path })))),
    ({ producer }) => producer,
  );
  for (const step of steps) {
    const reads = taken.get(step.id);
    if (reads === undefined) continue;
    const isRead = (output: string): boolean =>
      reads.some(({ path }) => output === path || output.startsWith(`${path}/`) || path.startsWith(`${output}/`));
    for (const output of step.outputs.filter((path) => !isRead(path))) {
      const at = lint.sources?.steps.get(step.id) ?? nowhere(lint);
      lint.findings.add('unused_output', at, `no step takes ${output} of "${step.id}"`, { severity: 'note' });
    }
  }
}
