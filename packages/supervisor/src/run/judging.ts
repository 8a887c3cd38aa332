/**
 * Validations as attempts beside the steps: each is an entry among the run's steps that no definition lists, with a step made here
 * from the validator's needs and the judged step's inputs. So the pool, the placing, pauses, recovery and retries know nothing of
 * them; what they tell of them to people is told as events of their own.
 */
import {
  DEFAULT_RETRY,
  DEFAULT_STEP_TIMEOUT_MS,
  type EventOf,
  type Validation,
  type ValidationResult,
  validationsOf,
  type WorkflowDefinition,
  type WorkflowStep,
} from '@tutti/contracts';

/** A validation with the step that stands for it. */
export interface Judging extends Validation {
  readonly step: WorkflowStep;
}

const nothing: ReadonlyMap<string, Judging> = new Map();

/** Of the timer that ends a validation. */
export const validationTimer = (id: string): string => `validation.${id}`;

/** The validations of a definition by their ids. */
export function judgingsOf(
  definition: WorkflowDefinition,
  steps: ReadonlyMap<string, WorkflowStep>,
): ReadonlyMap<string, Judging> {
  const validations = validationsOf(definition);
  if (validations.length === 0) return nothing;
  const groups = new Map(definition.groups.map((group) => [group.id, group]));
  return new Map(
    validations.flatMap((validation) => {
      const of = steps.get(validation.of);
      const group = groups.get(validation.group);
      if (of === undefined || group === undefined) return [];
      const step = stepOf(validation, of, group, steps.get(validation.as ?? ''));
      return [[validation.id, { ...validation, step }] as const];
    }),
  );
}

/** It waits for the join and for the result; what it reads besides is what its agent may read, and what it judges. */
function stepOf(
  { id, group, validator, of }: Validation,
  judged: WorkflowStep,
  { barrier, crossValidation }: WorkflowDefinition['groups'][number],
  own: WorkflowStep | undefined,
): WorkflowStep {
  const inputs = [...judged.inputs, { ref: of, path: judged.resultPath, from: [of], required: false }];
  const reads = own === undefined || own.reads.length === 0 ? [] : [...own.reads, ...inputs.map(({ path }) => path)];
  return {
    ...{ id, agent: validator, resultPath: judged.resultPath, inputs, outputs: [], reads, writes: [] },
    waitsFor: [...(barrier === undefined ? [] : [{ kind: 'group' as const, id: group }]), { kind: 'step', id: of }],
    validates: [of],
    timeoutMs: Math.max(1, crossValidation?.timeoutMs ?? DEFAULT_STEP_TIMEOUT_MS),
    retry: own?.retry ?? DEFAULT_RETRY,
    onFailure: 'continue',
    needs: own?.needs ?? { cpu: 0, memory: 0 },
    ...(own?.uses === undefined ? {} : { uses: own.uses }),
    estimate: { minMs: 0, likelyMs: 0, maxMs: 0, source: 'default' },
    with: judged.with,
  };
}

/** What people are told when the step of a validation begins; undefined: nothing, of whatever else happens to it. */
export function startOf(judging: Validation, event: EventOf): EventOf<'validation.started'> | undefined {
  if (event.type !== 'step.started') return undefined;
  const { attempt, instance } = event.data;
  return { type: 'validation.started', data: { ...namesOf(judging), attempt, instance } };
}

/** How a validation ends whose step ends like this, without a verdict of its agent; undefined while it does not end. */
export function resultOf(judging: Validation, event: EventOf): ValidationResult | undefined {
  switch (event.type) {
    case 'step.skipped':
      return without('skipped', whyNot(judging, event.data.because));
    case 'step.cancelled':
      return without('skipped', event.data.reason);
    case 'step.failed': {
      const { code, message } = event.data.error;
      return without(code === 'agent_timeout' ? 'timed_out' : 'errored', message);
    }
    default:
      return undefined;
  }
}

export const finished = (judging: Validation, result: ValidationResult): EventOf<'validation.finished'> => ({
  type: 'validation.finished',
  data: { ...namesOf(judging), ...result },
});

/** Characters of a reason, as the contract has it. */
const MAX_REASON = 1_000;

export const without = (verdict: ValidationResult['verdict'], reason: string): ValidationResult => ({
  verdict,
  reason: reason.slice(0, MAX_REASON),
  findings: [],
});

const namesOf = ({ group, validator, of }: Validation) => ({ group, validator, of });

const whyNot = ({ group, of }: Validation, because: readonly string[]): string =>
  because.includes(group) ? `the join of "${group}" was aborted` : `"${of}" gave no result`;
