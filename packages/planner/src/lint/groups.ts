import { poolLimits, type WorkflowGroup, type WorkflowStep } from '@tutti/contracts';
import { type Lint, placeOf } from './place.ts';
import { spanOf } from './span.ts';

/** Whether a group's join can be what it is meant to be; `members` in an order that no edge goes against. */
export function lintGroup(lint: Lint, group: WorkflowGroup, members: readonly WorkflowStep[]): void {
  lintBarrier(lint, group, members);
  if (group.parallel && members.length > 1) lintFit(lint, group, members);
  lintValidation(lint, group, members);
}

/** The barrier counts from the start of the first member; members that wait for each other end later. */
function lintBarrier(lint: Lint, { id, barrier }: WorkflowGroup, members: readonly WorkflowStep[]): void {
  if (barrier === undefined) return;
  const { lengthMs, last } = longestChain(members);
  if (lengthMs <= barrier.timeoutMs) return;
  const message = `the barrier of "${id}" times out after ${spanOf(barrier.timeoutMs)}; "${last}" is likely to end ${spanOf(lengthMs)} after the first start`;
  const suggestion = 'raise its time-out, or lower the estimate';
  lint.findings.add('short_barrier', placeOf(lint, id, 'barrier', 'timeout'), message, {
    severity: 'warning',
    suggestion,
  });
}

/** The latest end of a member, counted from the first start, if nothing but other members held it up. */
function longestChain(members: readonly WorkflowStep[]): { readonly lengthMs: number; readonly last: string } {
  const ends = new Map<string, number>();
  let longest = { lengthMs: 0, last: '' };
  // No member stands before one that it waits for.
  for (const { id, waitsFor, estimate } of members) {
    const start = waitsFor.reduce((latest, wait) => Math.max(latest, ends.get(wait.id) ?? 0), 0);
    const lengthMs = start + estimate.likelyMs;
    ends.set(id, lengthMs);
    if (lengthMs > longest.lengthMs) longest = { lengthMs, last: id };
  }
  return longest;
}

/** The specification starts all members of a parallel group at once; the pool must have room for that. */
function lintFit(lint: Lint, group: WorkflowGroup, members: readonly WorkflowStep[]): void {
  const { pool } = lint.definition;
  const limits = poolLimits(pool);
  const working = members.filter(({ wait }) => wait === undefined);
  const sum = (of: (step: WorkflowStep) => number): number => members.reduce((total, step) => total + of(step), 0);
  const totals: readonly (readonly [string, number, number])[] = [
    ['CPU units', sum(({ needs }) => needs.cpu), limits.cpu],
    ['memory units', sum(({ needs }) => needs.memory), limits.memory],
    ['agents at once', working.length, limits.agents],
    ...Object.entries(pool.named ?? {}).map(
      ([name, units]) => [`units of "${name}"`, sum(({ uses }) => uses?.[name] ?? 0), units] as const,
    ),
  ];
  const short = totals.filter(([, needed, has]) => needed > has + 1e-9);
  if (short.length === 0) return;
  const list = short.map(([unit, needed, has]) => `${Math.round(needed * 1000) / 1000} of ${has} ${unit}`).join(', ');
  const message = `the members of "${group.id}" together need ${list}; they will never all run at once`;
  const suggestion = 'lower their needs, raise the pool, or accept that some of them wait';
  lint.findings.add('group_never_fits', placeOf(lint, group.id), message, { severity: 'warning', suggestion });
}

/** A cross-validation in which the one agent that validates made everything itself. */
function lintValidation(lint: Lint, group: WorkflowGroup, members: readonly WorkflowStep[]): void {
  const { crossValidation } = group;
  if (crossValidation?.enabled !== true) return;
  const [validator, ...others] = [...new Set(crossValidation.agents)];
  if (validator === undefined || others.length > 0 || members.some(({ agent }) => agent !== validator)) return;
  const message = `"${validator}" alone makes what it would validate after the join of "${group.id}"`;
  const suggestion = 'name another agent under "validation_agents"';
  lint.findings.add('self_validation', placeOf(lint, group.id, 'cross_validation'), message, {
    severity: 'warning',
    suggestion,
  });
}
