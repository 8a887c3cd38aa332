import { type Lint, placeOf } from './place.ts';
import { spanOf } from './span.ts';

/** Waits that something else ends before their own time is over. */
export function lintWaits(lint: Lint): void {
  const { steps, groups, timeoutMs: runMs } = lint.definition;
  const barriers = new Map(groups.map(({ id, barrier }) => [id, barrier?.timeoutMs ?? Number.POSITIVE_INFINITY]));
  for (const { id, wait, timeoutMs, groupId = '' } of steps) {
    if (wait === undefined) continue;
    const groupMs = barriers.get(groupId) ?? Number.POSITIVE_INFINITY;
    const [what, endMs] = groupMs < runMs ? [`the barrier of "${groupId}"`, groupMs] : ['the run', runMs];
    if (timeoutMs < endMs) continue;
    const message = `"${id}" waits up to ${spanOf(timeoutMs)}; ${what} times out after ${spanOf(endMs)}`;
    const suggestion = 'give it a shorter "timeout"';
    lint.findings.add('long_wait', placeOf(lint, id, 'timeout'), message, { severity: 'warning', suggestion });
  }
}
