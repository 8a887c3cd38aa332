import type { WorkflowDefinition } from '@tutti/contracts';
import type { FindingList } from '../file/findings.ts';
import { groupBy } from '../file/names.ts';
import type { Sources } from '../file/resolution.ts';
import type { Checked } from '../graph/check.ts';
import { lintGroup } from './groups.ts';
import { type Lint, placeOf } from './place.ts';
import { spanOf } from './span.ts';
import { lintUnused } from './unused.ts';
import { lintWaits } from './waits.ts';
import { lintWriters } from './writers.ts';

/** Advice on a definition, errors or not: nothing here refuses a file. Rules that need an order are left out of circles. */
export function lintDefinition(
  definition: WorkflowDefinition,
  findings: FindingList,
  { graph, order }: Checked,
  sources?: Sources,
): void {
  const lint: Lint = { definition, findings, sources, graph, order };
  lintTimeouts(lint);
  const ordered = [...order].flatMap((node) => definition.steps[node] ?? []);
  const members = groupBy(ordered, ({ groupId }) => groupId ?? '');
  for (const group of definition.groups) lintGroup(lint, group, members.get(group.id) ?? []);
  if (order.length === graph.nodes) lintWriters(lint);
  lintUnused(lint);
  lintWaits(lint);
}

function lintTimeouts(lint: Lint): void {
  for (const { id, timeoutMs, estimate } of lint.definition.steps) {
    if (timeoutMs >= estimate.maxMs) continue;
    const message = `"${id}" times out after ${spanOf(timeoutMs)}; its estimate goes up to ${spanOf(estimate.maxMs)}`;
    const suggestion = 'raise the time-out or correct the estimate';
    lint.findings.add('short_timeout', placeOf(lint, id, 'timeout'), message, { severity: 'warning', suggestion });
  }
}
