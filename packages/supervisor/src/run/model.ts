/** The state of one run: plain JSON, a fold of its journal. What can be derived is not here (see `graph.ts`). */
import type {
  Answer,
  BarrierDecision,
  Conflict,
  ConflictTake,
  ErrorBody,
  Home,
  PausedBy,
  Plan,
  RunOutcome,
  StepStatus,
  ValidationResult,
  WaitsOn,
  WorkflowDefinition,
  WorkflowJson,
} from '@tutti/contracts';
import type { Forecast } from './forecast.ts';

export interface StepState {
  readonly status: StepStatus;
  /** Attempts started so far; the number of the present one. */
  readonly attempt: number;
  /** Epoch of the present attempt; 0 before the first. */
  readonly epoch: number;
  /** Grows when a finished step is run again on purpose. */
  readonly generation: number;
  /** Failures that count against the retry policy. */
  readonly failures: number;
  /** Placements in a row that got no answer; absent when there are none. */
  readonly unanswered?: number | undefined;
  /** Lease wanted (`queued`) or held; absent when neither. */
  readonly lease?: string | undefined;
  readonly held: boolean;
  readonly instance?: string | undefined;
  /** Where that instance's process runs, when it says so. */
  readonly home?: Home | undefined;
  readonly readyAtMs?: number | undefined;
  readonly grantedAtMs?: number | undefined;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  readonly version?: number | undefined;
  readonly waitsOn?: WaitsOn | undefined;
  /** Of a step that waits for an answer: until when, ms since 1970. */
  readonly dueAtMs?: number | undefined;
  readonly answer?: Answer | undefined;
  readonly error?: ErrorBody | undefined;
  /** What it wrote had been made before, and was not made again. */
  readonly cached?: true | undefined;
  /** Of a validation that is over. */
  readonly judged?: ValidationResult | undefined;
}

/** Where an attempt ran, and for how long by the clock of its process. */
export interface Began {
  readonly attempt: number;
  readonly instance: string;
  readonly durationMs: number;
}

/** What is told of the work that a commit is of. */
export interface WorkFigures {
  /** Size of the input that the attempt was given. */
  readonly inputBytes?: number;
  /** What the agent worked, by its own clock, ms. */
  readonly workMs?: number;
  /** When the outcome, or the answer of a person, was there, ms since 1970. */
  readonly heardAtMs?: number;
  /** The work had been done before, and was not done again. */
  readonly cached?: true;
}

/** A lease of an attempt that was given up unheard: whoever has it may still work, so it is held until that cannot be any more. */
export interface KeptLease {
  readonly lease: string;
  readonly step: string;
  /** Since when, ms since 1970. */
  readonly sinceMs: number;
}

/** States of the group machine (`group-machine.ts`). */
export type GroupPhase = 'waiting' | 'open' | 'filling' | 'falling_back' | 'closed';

export interface GroupState {
  readonly phase: GroupPhase;
  /** Grows with each opening that may decide: when the group falls back to one after another, and with a pause. */
  readonly round: number;
  /** Whether its members are run one after another by now. */
  readonly fellBack: boolean;
  readonly openedAtMs: number;
  readonly extensions: number;
  readonly decision?: BarrierDecision | undefined;
  readonly missing: readonly string[];
  /** Members still to be run one after another. */
  readonly queue: readonly string[];
  /** Version of the context that the decision was made on. */
  readonly base: number;
  /** Commits of defaults that are acknowledged. */
  readonly filled: number;
  /** Those of decisions before the run was retried: each commit of a group has a number of its own. */
  readonly filledBefore: number;
}

/** The order of a person about a conflict, as long as the context store has not answered it. */
export interface Deciding {
  readonly conflict: string;
  readonly take: ConflictTake;
  readonly by: string;
  /** When it was given, ms since 1970. */
  readonly atMs: number;
  readonly comment?: string;
  readonly over?: number;
}

export type RunPhaseName = 'new' | 'recovering' | 'running' | 'cancelling' | 'ended';

export interface RunContext {
  readonly run: string;
  readonly shard: number;
  readonly ownerEpoch: number;
  readonly owner: string;
  readonly definition: WorkflowDefinition;
  readonly plan: Plan;
  readonly inputs: Readonly<Record<string, WorkflowJson>>;
  readonly phase: RunPhaseName;
  /** True from a change of owner until instances have told what they still run: there may be more than the journal knows. */
  readonly surveying: boolean;
  readonly submittedAtMs: number;
  /** When it was submitted, or retried last. */
  readonly begunAtMs: number;
  /** How often it was retried after its end, and the last request to do so. */
  readonly retries: number;
  readonly retryRequest?: string | undefined;
  /** When the run's own time-out ends, ms since 1970; while it is paused, as it stood when that began. */
  readonly dueAtMs: number;
  /** Starts no step until it is resumed. */
  readonly paused?: PausedBy | undefined;
  readonly endedAtMs?: number | undefined;
  /** Of a run that validates: when all its steps and groups were over. */
  readonly workOverAtMs?: number | undefined;
  /** Attempts of all steps together: makes epochs unique within an ownership. */
  readonly attempts: number;
  /** Sequence of the last recorded event. */
  readonly seq: number;
  /**
   * Those of the definition in its order, then its validations (`judging.ts`); in a list, for it is copied in nearly every step
   * of a run, however long. By id: `stepIn`, `stepsIn` of `graph.ts`.
   */
  readonly steps: readonly StepState[];
  readonly groups: Readonly<Record<string, GroupState>>;
  /** Whether the run's context is there; until then the run does not end, for people read it afterwards. */
  readonly opened: boolean;
  /** Newest version of the context that is known here. */
  readonly version: number;
  readonly conflicts: readonly Conflict[];
  /** Absent when there are none; at most one a conflict. */
  readonly deciding?: readonly Deciding[] | undefined;
  /** By name, whether a step waits for it yet or not. */
  readonly signals: Readonly<Record<string, Answer>>;
  readonly leaseMs: number;
  /** Absent when there are none. */
  readonly kept?: readonly KeptLease[] | undefined;
  readonly forecast?: Forecast | undefined;
  readonly outcome?: RunOutcome | undefined;
  readonly reason?: string | undefined;
  readonly error?: ErrorBody | undefined;
}

export const FRESH_STEP: StepState = {
  status: 'pending',
  attempt: 0,
  epoch: 0,
  generation: 0,
  failures: 0,
  held: false,
};

export const FRESH_GROUP: GroupState = {
  phase: 'waiting',
  round: 1,
  fellBack: false,
  openedAtMs: 0,
  extensions: 0,
  missing: [],
  queue: [],
  base: 0,
  filled: 0,
  filledBefore: 0,
};

export const TERMINAL: ReadonlySet<StepStatus> = new Set(['succeeded', 'failed', 'skipped', 'cancelled']);

export const isOver = (step: StepState): boolean => TERMINAL.has(step.status);
/** It is over, but an attempt that nobody wants may still run: its lease stays until that has stopped. */
export const isStopping = (step: StepState): boolean => isOver(step) && step.held;
export const isActive = (step: StepState): boolean => step.status === 'placing' || step.status === 'running';

const NO_DECISIONS: readonly Deciding[] = [];
export const decidingOf = ({ deciding }: Pick<RunContext, 'deciding'>): readonly Deciding[] => deciding ?? NO_DECISIONS;
/** Those that wait for a person. */
export const openConflicts = ({ conflicts }: Pick<RunContext, 'conflicts'>): readonly Conflict[] =>
  conflicts.filter(({ resolved }) => resolved === undefined);
