/**
 * A default stands in the context where a member of a group that went on in part gave nothing, and nowhere else: neither in
 * the place of a result, nor after a group that was complete or aborted.
 */
import { defaultOf } from '@tutti/testkit/simulation';
import { type Checker, contextOf, type Evidence } from './evidence.ts';

type Run = Evidence['runs'][number];

export const gapsAreFilled: Checker = (evidence) =>
  evidence.runs.flatMap((end) => (end.view?.phase === 'ended' ? gapsOf(evidence, end) : []));

function gapsOf(evidence: Evidence, { run, definition, view, events, context }: Run): readonly string[] {
  const kept = JSON.stringify(context ?? {});
  const refused = JSON.stringify(contextOf(evidence, run)?.conflicts ?? []);
  // A run that was stopped may have been stopped while it filled.
  const wasStopped = events.some(({ type }) => type === 'run.cancelling');
  const before = events.slice(
    0,
    Math.max(
      0,
      events.findLastIndex(({ type }) => type === 'run.retried'),
    ),
  );
  return (definition?.groups ?? []).flatMap(({ id, steps, barrier }) => {
    const decision = events.findLast(({ type, data }) => type === 'group.closed' && data['group'] === id)?.data[
      'decision'
    ];
    const hasDefaults = Object.keys(barrier?.defaults ?? {}).length > 0;
    return steps.flatMap((step) => {
      const text = JSON.stringify(defaultOf(step));
      const isMissing = view?.steps.find((s) => s.id === step)?.status !== 'succeeded';
      const isWanted = hasDefaults && decision === 'partial' && isMissing;
      // What an earlier life of the run had decided stays in the context.
      const wasPartial = before.some(
        ({ type, data }) => type === 'group.closed' && data['group'] === id && data['decision'] === 'partial',
      );
      if (!isWanted && !wasPartial && kept.includes(text))
        return [`${run}: "${step}" has a default, its group is ${decision}`];
      // It stood there before: a result that came after all has replaced it.
      if (isWanted && !wasPartial && !wasStopped && !kept.includes(text) && !refused.includes(text))
        return [`${run}: "${step}" gave nothing, and its default is nowhere`];
      return [];
    });
  });
}
