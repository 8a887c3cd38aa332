/** The state of groups in a run: stepped by the group machine, ended with the run. */
import { type GroupEvent, stepGroup } from '../group-machine.ts';
import type { Turn } from './turn.ts';

export function move(turn: Turn, id: string, event: GroupEvent): void {
  turn.setGroup(id, stepGroup(turn.group(id), event));
}

/** The run ends early: no decision is wanted any more. */
export function closeGroups(turn: Turn): void {
  for (const id of turn.graph.barrier.keys()) {
    const { phase } = turn.group(id);
    if (phase === 'open') turn.tell(turn.barrierSubject(id), { type: 'barrier.cancel', run: turn.run.run, group: id });
    if (phase !== 'closed') move(turn, id, { type: 'run.ended' });
  }
}
