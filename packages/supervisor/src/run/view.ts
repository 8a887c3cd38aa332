/** A run as a person may look at it, made from its state on demand. */
import type {
  Body,
  GroupView,
  RunRow,
  RunView,
  StepStatus,
  StepView,
  Validation,
  ValidationView,
  WaitsOn,
} from '@tutti/contracts';
import { graphOf, stepIn } from './graph.ts';
import { type RunContext, type StepState, TERMINAL } from './model.ts';

export function viewOf(run: RunContext): RunView {
  const { definition, phase } = run;
  return {
    ...rowBase(run),
    planHash: run.plan.hash,
    phase: phase === 'new' ? 'running' : phase,
    ...defined({
      reason: run.reason,
      error: run.error,
      predictedEndMs: predictedEndOf(run),
      retries: run.retries === 0 ? undefined : run.retries,
    }),
    contextVersion: run.version,
    lastSeq: run.seq,
    steps: definition.steps.map((s) => stepView(run, s.id)),
    groups: Object.keys(run.groups).map((id) => groupView(run, id)),
    ...(run.plan.validations === undefined
      ? {}
      : { validations: run.plan.validations.map((v) => validationView(run, v)) }),
    conflicts: [...run.conflicts],
    ...(run.version === 0 ? { inputs: run.inputs } : {}),
  };
}

/** What `workflow.start` brought. */
export const startedWith = ({ run, definition, plan, inputs }: RunContext): Body<'run.described'> => {
  return { run, definition, plan, inputs: { ...inputs } };
};

/** Absent when the run is over, and while it goes as it was planned. */
const predictedEndOf = ({ phase, submittedAtMs, forecast }: RunContext): number | undefined =>
  phase === 'ended' || forecast === undefined ? undefined : Math.round(submittedAtMs + forecast.predictedEndMs);

export function rowOf(run: RunContext): RunRow {
  const { steps } = run.definition;
  return {
    ...rowBase(run),
    steps: steps.length,
    stepsDone: steps.filter(({ id }) => stepIn(run, id)?.status === 'succeeded').length,
  };
}

type Base = Omit<RunRow, 'steps' | 'stepsDone'>;

function rowBase(run: RunContext): Base {
  const { definition, phase, submittedAtMs, owner } = run;
  return {
    run: run.run,
    workflow: definition.id,
    phase: phase === 'new' ? 'running' : phase,
    submittedAtMs,
    owner,
    ...defined({ outcome: phase === 'ended' ? run.outcome : undefined, endedAtMs: run.endedAtMs, paused: run.paused }),
  };
}

function stepView(run: RunContext, id: string): StepView {
  const step = stepIn(run, id);
  const definition = graphOf(run.definition).step.get(id);
  const status = shownStatus(step);
  const { readyAtMs, grantedAtMs, startedAtMs, endedAtMs, version, error, instance, answer, cached } =
    step ?? ({} as Partial<StepState>);
  return {
    id,
    agent: definition?.agent ?? '',
    status,
    attempt: step?.attempt ?? 0,
    ...defined({
      group: definition?.groupId,
      instance,
      readyAtMs,
      grantedAtMs,
      startedAtMs,
      endedAtMs,
      version,
      error,
      cached,
      answer,
      dueAtMs: status === 'waiting' ? step?.dueAtMs : undefined,
    }),
    ...defined({ waitsOn: step?.waitsOn ?? derived(run, id, status) }),
  };
}

/** Within the run a step that no instance could take is one that backs off; it waits for an instance, not for a time. */
function shownStatus(step: StepState | undefined): StepStatus {
  if (step === undefined) return 'pending';
  return step.status === 'backoff' && step.waitsOn?.kind === 'instance' ? 'waiting' : step.status;
}

/** What a step waits for that is not stored. */
function derived(run: RunContext, id: string, status: StepStatus): WaitsOn | undefined {
  if (status !== 'placing' && status !== 'pending') return undefined;
  if (run.phase === 'recovering') return OWNERLESS;
  if (status === 'placing') return offered(run, id);
  return blockers(run, id);
}

const OWNERLESS: WaitsOn = {
  ...{ kind: 'recovery', names: [], sinceMs: 0 },
  reason: 'the run has a new owner, which asks who still works',
};

/** A placed step waits for an instance that says that it has it; its node alone knows which one, or that none is free. */
function offered(run: RunContext, id: string): WaitsOn {
  const agent = graphOf(run.definition).step.get(id)?.agent ?? '';
  const sinceMs = stepIn(run, id)?.grantedAtMs ?? 0;
  const reason = `has what it needs of the pool; no instance of "${agent}" has taken it yet`;
  return { kind: 'instance', names: [agent], reason, sinceMs };
}

/** A pending step waits for the blockers that are not over. */
function blockers(run: RunContext, id: string): WaitsOn | undefined {
  const open = (graphOf(run.definition).step.get(id)?.waitsFor ?? []).filter((w) =>
    w.kind === 'group' ? run.groups[w.id]?.phase !== 'closed' : stepIn(run, w.id)?.status !== 'succeeded',
  );
  if (open.length === 0) return undefined;
  const kind = open.every((w) => w.kind === 'group') ? 'group' : 'step';
  const names = open.map((w) => w.id).slice(0, 64);
  return { kind, names, reason: `waits for ${names.join(', ')}`, sinceMs: run.submittedAtMs };
}

function groupView(run: RunContext, id: string): GroupView {
  const group = run.groups[id];
  return {
    id,
    state: group?.phase ?? 'waiting',
    missing: [...(group?.missing ?? [])],
    ...defined({ decision: group?.decision }),
  };
}

function validationView(run: RunContext, { id, group, validator, of }: Validation): ValidationView {
  const { status = 'pending', waitsOn, startedAtMs, endedAtMs, judged } = stepIn(run, id) ?? ({} as Partial<StepState>);
  return {
    ...{ id, group, validator, of, status: standing(status) },
    ...defined({ waitsOn: waitsOn ?? (status === 'placing' ? derived(run, id, status) : undefined) }),
    ...defined({ startedAtMs, endedAtMs, result: judged }),
  };
}

/** A validation is pending until its group has joined; then it waits for the pool, an agent or another attempt, or it runs. */
function standing(status: StepStatus): ValidationView['status'] {
  if (TERMINAL.has(status)) return 'over';
  return status === 'pending' || status === 'running' ? status : 'waiting';
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that have a value: optional members of the wire form are absent, never undefined. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Defined<T>;
}
