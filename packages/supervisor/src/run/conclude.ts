/** The end of a group. */
import { failRun } from './finish.ts';
import type { BarrierGroup } from './graph.ts';
import type { Turn } from './turn.ts';

/** The decision stands: dependents go on, or the run fails if a member that must not fail did. */
export function conclude(turn: Turn, group: BarrierGroup, reason: string): void {
  turn.touched.push(`group:${group.id}`, ...group.steps.map((id) => `step:${id}`));
  const mustHold = group.steps.some(
    (id) => turn.graph.step.get(id)?.onFailure === 'fail_run' && turn.step(id).status !== 'skipped',
  );
  if (turn.group(group.id).decision === 'aborted' && mustHold) {
    const error = group.steps.map((id) => turn.step(id).error).find((e) => e !== undefined);
    failRun(turn, `the barrier of "${group.id}" was aborted: ${reason}`, error);
  }
}
