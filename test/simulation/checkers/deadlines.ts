/**
 * A barrier that could still wait for members waits until the deadline that was told last, extensions included. What it
 * could still wait for is worked out here from the recorded events alone.
 */
import type { WorkflowGroup } from '@tutti/contracts';
import type { Checker, Evidence } from './evidence.ts';

type Run = Evidence['runs'][number];
type Barrier = NonNullable<WorkflowGroup['barrier']>;

export const barriersKeepTheirTime: Checker = ({ runs }) =>
  runs.flatMap((run) => (run.definition?.groups ?? []).flatMap((group) => earlyOf(run, group)));

/** Members that the decision itself stops, and that are told of before it, had not ended by themselves. */
const ENDS: Readonly<Record<string, 'good' | 'bad'>> = {
  'step.succeeded': 'good',
  'step.failed': 'bad',
  'step.skipped': 'bad',
};

/** Follows the events until the group has decided for the first time; a second round has rules of its own. */
function earlyOf({ run, events }: Run, { id, steps, barrier }: WorkflowGroup): readonly string[] {
  if (barrier === undefined) return [];
  const ended = new Map<string, 'good' | 'bad'>();
  let deadlineMs = 0;
  for (const { type, data, time } of events) {
    if (type === 'run.cancelling') return [];
    const end = ENDS[type];
    if (end !== undefined && steps.includes(String(data['step']))) ended.set(String(data['step']), end);
    if (data['group'] !== id) continue;
    if (type === 'group.opened' || type === 'group.extended') deadlineMs = Number(data['deadlineMs']);
    if (type !== 'group.closed') continue;
    // Times of events are cut to whole ms, deadlines are rounded.
    const isEarly = Date.parse(time) < deadlineMs - 1 && couldWait(barrier, steps.length, [...ended.values()]);
    const early = deadlineMs - Date.parse(time);
    return isEarly ? [`the barrier of "${id}" in ${run} decided ${early} ms before its deadline`] : [];
  }
  return [];
}

function couldWait({ successCriteria, partialFailureHandling }: Barrier, members: number, ends: string[]): boolean {
  const bad = ends.filter((end) => end === 'bad').length;
  const needed = { all: members, at_least_one: 1, quorum: 0 }[successCriteria.kind];
  const wanted = successCriteria.kind === 'quorum' ? successCriteria.count : needed;
  const isHopeless = members - bad < wanted || (bad > 0 && partialFailureHandling === 'abort');
  return ends.length < members && !isHopeless;
}
