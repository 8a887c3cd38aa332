/**
 * An approval is claimed once: one answer is recorded of each step, it is the one that stands in the context, and nobody else
 * was told that his answer counts.
 */
import type { WorkflowJson } from '@tutti/contracts';
import type { Checker, Evidence } from './evidence.ts';
import { marred } from './lost.ts';

export const answersCountOnce: Checker = (evidence) => {
  // An answer that was lost for good is asked for again, and another one may be first then.
  const lost = marred(evidence, 'wf', 'ctx');
  return evidence.runs.flatMap((end) => {
    const wrong: string[] = [];
    if (lost.has(end.run)) return wrong;
    // Asked once more: whoever was told before was told the truth.
    const askedAgain = new Set<string>();
    const first = new Map<string, Record<string, unknown>>();
    for (const { type, data, seq } of end.events) {
      const step = String(data['step']);
      if (type === 'run.retried') {
        for (const id of data['steps'] as string[]) if (first.delete(id)) askedAgain.add(id);
      }
      if (type !== 'step.answered') continue;
      if (first.has(step)) wrong.push(`${end.run}: "${step}" was answered again at ${seq}`);
      first.set(step, data);
    }
    for (const [step, { by }] of first) {
      const told = namesTold(evidence, end.run, step);
      for (const name of askedAgain.has(step) ? [] : told)
        if (name !== by) wrong.push(`${end.run}: ${name} was told that he answered "${step}", as ${by} did`);
      const stored = valueAt(end.context, step);
      const isDone = end.view?.steps.find(({ id }) => id === step)?.status === 'succeeded';
      if (isDone && stored?.['by'] !== by)
        wrong.push(`${end.run}: ${by} answered "${step}", the context says ${String(stored?.['by'])}`);
    }
    return wrong;
  });
};

/** Whoever got the state of the run for his answer. */
function namesTold({ observations }: Evidence, run: string, step: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const seen of observations) {
    if (seen.kind !== 'answered' || seen.request?.type !== 'run.approve' || seen.message.type !== 'run.state') continue;
    if (seen.request.run === run && seen.request.step === step) names.add(seen.request.by);
  }
  return names;
}

const valueAt = (context: WorkflowJson | undefined, step: string): Record<string, unknown> | undefined =>
  (context as Record<string, Record<string, unknown>> | undefined)?.[step];
