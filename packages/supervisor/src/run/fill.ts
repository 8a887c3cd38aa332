/**
 * Gaps of a group that goes on in part: the defaults of its missing members are written to the context, in the name of each
 * one's agent, one commit after another. Each is asked for again until it is acknowledged, for a crash may forget it.
 */
import type { Committed, ContextWrite, ErrorBody, Received } from '@tutti/contracts';
import { conclude } from './conclude.ts';
import { failRun } from './finish.ts';
import type { BarrierGroup } from './graph.ts';
import { move } from './group-state.ts';
import { errorOf, isFinal } from './refusal.ts';
import type { Turn } from './turn.ts';
import { noteVersion } from './version.ts';

/** Pause before a commit that got no answer is asked for again, ms. */
const AGAIN_MS = 500;

/** Writes the next gap; the group is closed when there is none left. */
export function fill(turn: Turn, group: BarrierGroup): void {
  if (askFill(turn, group)) return;
  move(turn, group.id, { type: 'gaps.filled' });
  conclude(turn, group, 'gaps filled with defaults');
}

/** Asks for the commit that a filling group waits for; false when it waits for none. */
export function askFill(turn: Turn, group: BarrierGroup): boolean {
  const { phase, filled: at, filledBefore, base } = turn.group(group.id);
  const gap = phase === 'filling' ? [...gapsOf(turn, group)][at] : undefined;
  if (gap === undefined) return false;
  const [author, writes] = gap;
  const { run, ownerEpoch } = turn.run;
  turn.ask(`fill:${group.id}`, turn.contextSubject(), {
    ...{ type: 'context.commit', run, ownerEpoch, step: group.id, author, base, writes, known: turn.run.version },
    // Its number among the group's commits, which the answer repeats.
    ...{ generation: filledBefore + at, epoch: filledBefore + at },
  });
  return true;
}

/** The writes of each agent; always the same for one decision. */
function gapsOf(turn: Turn, group: BarrierGroup): ReadonlyMap<string, ContextWrite[]> {
  const { missing } = turn.group(group.id);
  const gaps = new Map<string, ContextWrite[]>();
  for (const [path, value] of Object.entries(group.barrier.defaults)) {
    const member = memberAt(turn, group, path);
    if (member === undefined || !missing.includes(member.id)) continue;
    const write = { op: 'set' as const, path, value };
    const known = gaps.get(member.agent);
    if (known === undefined) gaps.set(member.agent, [write]);
    else known.push(write);
  }
  return gaps;
}

const covers = (root: string, path: string): boolean => path === root || path.startsWith(`${root}/`);

/** The member whose result a path is part of: of several the one that says most of it. */
function memberAt(turn: Turn, group: BarrierGroup, path: string) {
  const members = group.steps.flatMap((id) => turn.graph.step.get(id) ?? []);
  const over = members.filter(({ resultPath }) => covers(resultPath, path));
  return over.sort((a, b) => b.resultPath.length - a.resultPath.length)[0];
}

/** A gap is filled. Repeats change nothing. */
export function filled(turn: Turn, id: string, event: Committed): void {
  const group = turn.graph.barrier.get(id);
  const { phase, filled: at, filledBefore } = turn.group(id);
  if (group === undefined || phase !== 'filling' || event.epoch !== filledBefore + at) return;
  noteVersion(turn, event);
  turn.emit({ type: 'context.committed', data: { step: id, version: event.version, paths: event.paths } });
  move(turn, id, { type: 'gap.filled' });
  fill(turn, group);
}

/** No answer is asked for again; a refusal for good ends the run, for its steps count on the defaults. */
export function fillFailed(turn: Turn, id: string, event: Received<'call.failed'>): void {
  if (!isFinal(event)) return turn.timer(`fill.${id}`, AGAIN_MS, { type: 'timer.fill', group: id });
  turn.custom('self', { type: 'fill.refused', group: id, error: errorOf(event) });
}

export function fillRefused(turn: Turn, event: { readonly group: string; readonly error: ErrorBody }): void {
  if (turn.group(event.group).phase !== 'filling') return;
  failRun(turn, `the defaults of group "${event.group}" were refused: ${event.error.message}`, event.error);
}
