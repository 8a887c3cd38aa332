/**
 * What may be left out of a simulation while its seed stays the same, each by a word: `loss`, `crash`, …: a kind of fault;
 * `mischief`: agents that misbehave; `checkpoints`: journals that are cut again and again; `nodes`: all nodes but one; `agents`: all instances but one of each role; `storm:6000`:
 * faults after that many ms; `run:1`: the second run; `step:0/qa`: a step of the first. What is left keeps its own chance.
 */
import type { WorkflowDefinition, WorkflowGroup, WorkflowStep } from '@tutti/contracts';
import { type FaultRates, NO_FAULTS } from './faults.ts';

export type Cuts = readonly string[];

const FAULTS: Readonly<Record<string, keyof FaultRates>> = {
  loss: 'loss',
  duplication: 'duplication',
  delay: 'delay',
  storage: 'storage',
  'late-acks': 'lateAcks',
  crash: 'crashEveryMs',
  pause: 'pauseEveryMs',
  cut: 'cutEveryMs',
  leave: 'leaveEveryMs',
  split: 'splitEveryMs',
  full: 'fullEveryMs',
  power: 'powerEveryMs',
  echo: 'echo',
};

/** Word of each kind of fault that these rates have. */
export const faultsIn = (rates: FaultRates): readonly string[] =>
  Object.entries(FAULTS).flatMap(([word, rate]) => (rates[rate] > 0 ? [word] : []));

export function cutRates(rates: FaultRates, cuts: Cuts): FaultRates {
  const none = cuts.flatMap((word) => (FAULTS[word] === undefined ? [] : [[FAULTS[word], NO_FAULTS[FAULTS[word]]]]));
  return { ...rates, ...Object.fromEntries(none) };
}

/** The shortest storm that a cut asks for, ms. */
export const cutStormMs = (stormMs: number, cuts: Cuts): number =>
  Math.min(stormMs, ...cuts.flatMap((word) => (word.startsWith('storm:') ? [Number(word.slice(6))] : [])));

/** The runs that are left, each in its place. */
export const cutRuns = (runs: readonly WorkflowDefinition[], cuts: Cuts): readonly (WorkflowDefinition | undefined)[] =>
  runs.map((run, i) => {
    if (cuts.includes(`run:${i}`)) return undefined;
    const gone = new Set(run.steps.map(({ id }) => id).filter((id) => cuts.includes(`step:${i}/${id}`)));
    return gone.size === 0 ? run : withoutSteps(run, gone);
  });

/** The workflow as if these steps had never been in it: what waited for them waits for the others. */
function withoutSteps(run: WorkflowDefinition, gone: ReadonlySet<string>): WorkflowDefinition {
  const groups = run.groups.flatMap((group) => withoutMembers(group, gone));
  const left = new Set(groups.map(({ id }) => id));
  const isThere = ({ kind, id }: WorkflowStep['waitsFor'][number]): boolean =>
    kind === 'group' ? left.has(id) : !gone.has(id);
  const steps = run.steps
    .filter(({ id }) => !gone.has(id))
    .map((step) => ({
      ...step,
      waitsFor: step.waitsFor.filter(isThere),
      inputs: step.inputs.filter(({ from }) => !from.some((id) => gone.has(id))),
      validates: step.validates.filter((id) => !gone.has(id)),
    }));
  return { ...run, steps, groups };
}

function withoutMembers(group: WorkflowGroup, gone: ReadonlySet<string>): readonly WorkflowGroup[] {
  const steps = group.steps.filter((id) => !gone.has(id));
  if (steps.length === 0) return [];
  const { barrier } = group;
  if (barrier?.successCriteria.kind !== 'quorum') return [{ ...group, steps }];
  const count = Math.min(barrier.successCriteria.count, steps.length);
  return [{ ...group, steps, barrier: { ...barrier, successCriteria: { kind: 'quorum', count } } }];
}
