/** Promise 1: a run that was acknowledged ends in a recorded outcome, and in time once the faults are over. */
import type { Checker } from './evidence.ts';

export const everyRunEnds: Checker = ({ runs, converged, journals }) => {
  const wrong: string[] = [];
  for (const { run, acceptedAt, view, events } of runs) {
    if (acceptedAt === undefined) {
      wrong.push(`${run} was never accepted`);
      continue;
    }
    if (view?.phase !== 'ended' || view.outcome === undefined) wrong.push(`${run} has not ended: ${where(view)}`);
    else if (events.at(-1)?.type !== 'run.finished') wrong.push(`the last event of ${run} is ${events.at(-1)?.type}`);
    const journal = journals.find(({ key }) => key.startsWith('wf.') && key.endsWith(`.${run}`));
    if (journal?.records.some(({ end }) => end) !== true) wrong.push(`the journal of ${run} has no end`);
  }
  if (!converged && wrong.length === 0) wrong.push('the runs ended, but their users were not told in time');
  return wrong;
};

const where = (view: Parameters<Checker>[0]['runs'][number]['view']): string =>
  view === undefined ? 'nobody says how it stands' : `it is ${view.phase}`;
