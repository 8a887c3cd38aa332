/**
 * A group that falls back runs its members once more, one after another: it does not go on, before its time is over, without
 * one whose turn never came. An aborted one may: nothing that is left in line could change that.
 */
import type { TuttiEvent } from '@tutti/contracts';
import type { Checker } from './evidence.ts';

/** What says that a member had its turn: it ran, or it failed before it could. */
const TURNS: readonly string[] = ['step.started', 'step.adopted', 'step.failed', 'step.succeeded', 'step.skipped'];

interface Line {
  readonly left: Set<string>;
  deadlineMs: number;
}

export const fallbacksTakeTurns: Checker = ({ runs }) =>
  runs.flatMap(({ run, events }) => wrongTurns(events).map((wrong) => `${run}: ${wrong}`));

function wrongTurns(events: readonly TuttiEvent[]): readonly string[] {
  const lines = new Map<string, Line>();
  const wrong: string[] = [];
  for (const { type, time, seq, data } of events) {
    const line = lines.get(String(data['group']));
    // A run that is stopped stops its groups, and one that is retried begins them anew.
    if (type === 'run.cancelling' || type === 'run.retried') lines.clear();
    else if (type === 'group.fallback')
      lines.set(String(data['group']), { left: new Set(data['members'] as string[]), deadlineMs: 0 });
    else if (TURNS.includes(type)) for (const { left } of lines.values()) left.delete(String(data['step']));
    if (line === undefined) continue;
    if (type === 'group.opened' || type === 'group.extended') line.deadlineMs = Number(data['deadlineMs']);
    if (type !== 'group.closed' || data['decision'] === 'aborted' || Date.parse(time) >= line.deadlineMs) continue;
    for (const member of line.left) wrong.push(`${member} of ${data['group']} never had its turn (event ${seq})`);
  }
  return wrong;
}
