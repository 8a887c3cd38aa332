/**
 * Promise 3: what a run recorded as committed is a version of its context, made of a write that an agent has given. Each such
 * acknowledgement goes on, in the form in which the simulation sees it, to the simulation's own checker of writes.
 */
import type { MessageOf } from '@tutti/contracts';
import type { Observation } from '@tutti/testkit/simulation';
import { contextOf } from '../../simulation/checkers/index.ts';
import type { Check, Facts } from './facts.ts';

type Request = MessageOf<'context.commit'>;

/** A commit that the recorded events of a run speak of; `request` is what the context's journal has of it. */
interface Acknowledged {
  readonly run: string;
  readonly step: string;
  readonly version: number;
  readonly request: Request | undefined;
}

export const acknowledged = (facts: Facts): readonly Acknowledged[] =>
  facts.runs.flatMap(({ run, events }) => {
    const versions = versionsOf(facts, run);
    return events.flatMap(({ type, data }) => {
      if (type !== 'context.committed') return [];
      const [step, version] = [String(data['step']), Number(data['version'])];
      const request = versions[version - 1];
      return [{ run, step, version, request: request?.step === step ? request : undefined }];
    });
  });

/** What made each version of a run's context: its state alone says which commits counted, its journal what was in them. */
function versionsOf(facts: Facts, run: string): readonly (Request | undefined)[] {
  const journal = facts.journals.find(({ key }) => key.startsWith('ctx.') && key.endsWith(`.${run}`));
  const asked = (journal?.records ?? [])
    .flatMap(({ events }) => events)
    .filter(({ type }) => type === 'context.commit') as unknown as Request[];
  const { commits = [] } = (contextOf(facts, run) ?? {}) as { readonly commits?: readonly Commit[] };
  return commits.map(({ step, generation, epoch }) =>
    asked.find((each) => each.step === step && each.generation === generation && each.epoch === epoch),
  );
}

interface Commit {
  readonly step: string;
  readonly generation: number;
  readonly epoch: number;
}

export const acknowledgedIsStored: Check = (facts) =>
  acknowledged(facts).flatMap(({ run, step, version, request }) =>
    request === undefined ? [`${run}: version ${version}, acknowledged to "${step}", is not in its context`] : [],
  );

/** Values that look like an agent's, and that no agent wrote down before it gave them. */
export const committedWasGiven: Check = (facts) => {
  const given = new Set(facts.executions.flatMap(({ text }) => (text === undefined ? [] : [text])));
  return acknowledged(facts).flatMap(({ run, step, request }) => {
    const texts = textsOf(request).filter((text) => text.includes('@') && !given.has(text));
    return texts.map((text) => `${run}: "${step}" committed what no agent gave: ${text}`);
  });
};

/** What stands at a shared place is the same text after one word. */
const textsOf = (request: Request | undefined): readonly string[] =>
  (request?.writes ?? []).flatMap((write) =>
    write.op === 'set' && typeof write.value === 'string' ? [write.value.replace(/^shared /, '')] : [],
  );

/** The acknowledged commits as the simulation sees them. */
export const asObservations = (facts: Facts): readonly Observation[] =>
  acknowledged(facts).flatMap(({ run, step, version, request }): Observation[] => {
    if (request === undefined) return [];
    const { epoch } = request;
    const message = {
      type: 'context.committed' as const,
      ...{ step, epoch, version, duplicate: false, paths: [] },
      conflicts: [...conflictsTold(facts, run, step)],
    };
    return [{ kind: 'answered', at: 0, process: 'a context', subject: '', message, request }];
  });

/** The conflicts that a step's commits met, as its run was told of them and wrote it down. */
function conflictsTold({ journals }: Facts, run: string, step: string): MessageOf<'context.committed'>['conflicts'] {
  const journal = journals.find(({ key }) => key.startsWith('wf.') && key.endsWith(`.${run}`));
  const heard = (journal?.records ?? []).flatMap(({ events }) => events) as unknown as MessageOf<'context.committed'>[];
  return heard.flatMap((event) => (event.type === 'context.committed' && event.step === step ? event.conflicts : []));
}
