/**
 * One turn of a run: the state as it changes while one event is decided, and what the run wants done about it.
 *
 * The policies write to a turn; the machine takes its result. Nothing outside is touched, so a turn that throws leaves
 * no trace.
 */
import {
  type AnyMessage,
  attemptEpoch,
  createSubjects,
  type EventOf,
  FLEETING,
  type LeaseRequest,
  type Subjects,
  type ValidationResult,
} from '@tutti/contracts';
import type { Decision, Effect, TimerSet } from '@tutti/kernel';
import { delayOf, priorityOf } from './forecast.ts';
import { graphOf, plannedStep, type RunGraph } from './graph.ts';
import { finished, type Judging, resultOf, startOf, validationTimer } from './judging.ts';
import { FRESH_GROUP, FRESH_STEP, type GroupState, type RunContext, type StepState } from './model.ts';

export interface TurnOptions {
  readonly subjects: Subjects;
  readonly pool: string;
  /** Milliseconds that a request to another actor may take. */
  readonly callTimeoutMs: number;
  /** How long work may go on that nobody hears of, ms; 0 where it shares this process, and dies with it. */
  readonly aloneMs: number;
}

export const DEFAULT_TURN_OPTIONS: TurnOptions = {
  subjects: createSubjects(),
  pool: 'default',
  callTimeoutMs: 2_000,
  aloneMs: 0,
};

const count = <T>(list: readonly T[], is: (item: T) => boolean): number =>
  list.reduce((sum, item) => sum + (is(item) ? 1 : 0), 0);

const hasLease = ({ lease }: StepState): boolean => lease !== undefined;

/** What a request says of named resources: how much it takes, and how much there is by its workflow. */
function namedOf(
  uses: Readonly<Record<string, number>>,
  named: Readonly<Record<string, number>> = {},
): Pick<LeaseRequest, 'uses' | 'capacity'> {
  const known = Object.entries(named).filter(([name]) => Object.hasOwn(uses, name));
  return { uses, ...(known.length === 0 ? {} : { capacity: Object.fromEntries(known) }) };
}

export class Turn {
  readonly at: number;
  readonly options: TurnOptions;
  readonly effects: Effect[] = [];
  /** Timers to set; null clears. The last wish for an id counts. */
  #timers: Map<string, TimerSet | null> | undefined;
  readonly graph: RunGraph;
  /** `step:id` and `group:id` whose dependents must be looked at. */
  readonly touched: string[] = [];
  /** Steps that were skipped and whose groups have not heard of it. */
  readonly skipped: string[] = [];
  #run: RunContext;
  /** Whether `#run` is this turn's own copy, which it may change. */
  #isOwn = false;
  #steps: StepState[] | undefined;
  #groups: Record<string, GroupState> | undefined;
  readonly #requests: LeaseRequest[] = [];
  readonly #releases: string[] = [];
  /** Leases that steps hold or want; counted when first asked for. */
  #leases: number | undefined;

  constructor(run: RunContext, at: number, options: TurnOptions) {
    this.#run = run;
    this.at = at;
    this.options = options;
    this.graph = graphOf(run.definition);
  }

  get run(): RunContext {
    return this.#run;
  }
  get subjects(): Subjects {
    return this.options.subjects;
  }

  /** Changes the run: a copy of this turn's own, made at the first change. */
  set(patch: Partial<RunContext>): void {
    if (!this.#isOwn) {
      this.#isOwn = true;
      this.#run = { ...this.#run };
    }
    Object.assign(this.#run, patch);
  }

  step(id: string): StepState {
    return this.#run.steps[this.graph.placeOf.get(id) ?? -1] ?? FRESH_STEP;
  }

  /** Whether the run has such a step: one whose plan is of before validations were done has none of these. */
  has(id: string): boolean {
    return this.#run.steps[this.graph.placeOf.get(id) ?? -1] !== undefined;
  }

  setStep(id: string, patch: Partial<StepState>): StepState {
    const before = this.step(id);
    const next = { ...before, ...patch };
    if (this.#leases !== undefined) this.#leases += Number(hasLease(next)) - Number(hasLease(before));
    if (this.#steps === undefined) {
      this.#steps = this.#run.steps.slice();
      this.set({ steps: this.#steps });
    }
    this.#steps[this.#placeOf(id)] = next;
    return next;
  }

  #placeOf(id: string): number {
    const place = this.graph.placeOf.get(id);
    if (place === undefined) throw new Error(`The run ${this.#run.run} has no step "${id}"`);
    return place;
  }

  group(id: string): GroupState {
    return this.#run.groups[id] ?? FRESH_GROUP;
  }

  setGroup(id: string, next: GroupState): void {
    if (this.#groups === undefined) {
      this.#groups = { ...this.#run.groups };
      this.set({ groups: this.#groups });
    }
    this.#groups[id] = next;
  }

  /** A new attempt of a step: its number, its epoch, its lease. */
  nextAttempt(id: string): { readonly attempt: number; readonly epoch: number; readonly lease: string } {
    const attempts = this.#run.attempts + 1;
    this.set({ attempts });
    const epoch = attemptEpoch(this.#run.ownerEpoch, attempts);
    return { attempt: this.step(id).attempt + 1, epoch, lease: `${this.#run.run}/${id}/${epoch}` };
  }

  tell(to: string, message: AnyMessage): void {
    this.effects.push({ type: 'tell', params: { to, message } });
  }

  ask(call: string, to: string, message: AnyMessage): void {
    this.effects.push(this.#question(call, to, message));
  }

  #question(call: string, to: string, message: AnyMessage): Effect {
    return { type: 'ask', params: { call, to, message, timeoutMs: this.options.callTimeoutMs } };
  }

  reply(message: AnyMessage): void {
    this.effects.push({ type: 'reply', params: { message } });
  }

  custom(name: string, data: unknown): void {
    this.effects.push({ type: 'custom', params: { name, data } });
  }

  /** Publishes an event for people; recorded ones get the next sequence. `at`: when it happened, if not just now. */
  emit(event: EventOf, at: number = this.at): void {
    const judging = this.#judgingOf(event);
    if (judging === undefined) return this.#publish(event, at);
    const result = resultOf(judging, event);
    if (result !== undefined) return this.endValidation(judging, result);
    const start = startOf(judging, event);
    if (start !== undefined) this.#publish(start, at);
  }

  /** A validation is over: kept, and told once. */
  endValidation(judging: Judging, { verdict, reason, findings, omitted }: ValidationResult): void {
    const judged = {
      ...{ verdict, findings },
      ...(reason === undefined ? {} : { reason }),
      ...(omitted === undefined ? {} : { omitted }),
    };
    this.setStep(judging.id, { judged });
    this.clearTimer(validationTimer(judging.id));
    this.#publish(finished(judging, judged), this.at);
  }

  /** The validation that an event of a step is really about. */
  #judgingOf({ data }: EventOf): Judging | undefined {
    return this.graph.judgings.size > 0 && 'step' in data ? this.graph.judgings.get(data.step) : undefined;
  }

  #publish(event: EventOf, at: number): void {
    const { run } = this.#run;
    if (!FLEETING.has(event.type)) this.set({ seq: this.#run.seq + 1 });
    const to = this.subjects.ofRunEvent(run, event.type);
    this.effects.push({ type: 'emit', params: { to, run, seq: this.#run.seq, at, event } });
  }

  timer(id: string, delayMs: number, event: { readonly type: string; readonly [key: string]: unknown }): void {
    this.#timers ??= new Map();
    this.#timers.set(id, { id, delayMs: Math.max(0, delayMs), event });
  }

  clearTimer(id: string): void {
    this.#timers ??= new Map();
    this.#timers.set(id, null);
  }

  /** The request for a step's lease, by its plan: what was to begin first goes first, in this run and among all. */
  leaseRequest(id: string, lease: string): LeaseRequest {
    const { definition, plan, submittedAtMs } = this.#run;
    const row = plannedStep(plan, id);
    const step = this.graph.step.get(id);
    const order = this.graph.judgings.has(id)
      ? { priority: definition.priorities.validation, rank: -(this.step(id).readyAtMs ?? this.at) }
      : {
          priority: row === undefined ? 0 : priorityOf(this.#run, row),
          rank: -(submittedAtMs + delayOf(this.#run) + (row?.plannedStartMs ?? 0)),
        };
    return {
      lease,
      step: id,
      needs: step?.needs ?? { cpu: 0, memory: 0 },
      ...order,
      ...(step?.uses === undefined ? {} : namedOf(step.uses, definition.pool.named)),
      ...(row === undefined ? {} : { expectedMs: Math.ceil(row.estimate?.maxMs ?? row.durationMs) }),
    };
  }

  countLeases(): number {
    this.#leases ??= count(this.#run.steps, hasLease);
    return this.#leases + (this.#run.kept?.length ?? 0);
  }

  want(id: string, lease: string): void {
    this.#requests.push(this.leaseRequest(id, lease));
  }

  /** Gives the lease of a step back, held or only wanted. */
  release(id: string): void {
    const { lease } = this.step(id);
    if (lease === undefined) return;
    this.giveBack(lease);
    this.setStep(id, { lease: undefined, held: false });
  }

  /** Has the pool free a lease. */
  giveBack(lease: string): void {
    this.#releases.push(lease);
  }

  /** Puts all leases asked for and given back in this turn into one message. It goes first: a step waits for its answer. */
  sendLeases(): void {
    if (this.#requests.length + this.#releases.length === 0) return;
    const { run, ownerEpoch } = this.#run;
    const question = this.#question('acquire', this.subjects.of('resources', { pool: this.options.pool }), {
      type: 'resource.acquire',
      holder: run,
      holderEpoch: ownerEpoch,
      sentAtMs: this.at,
      requests: this.#requests.splice(0),
      release: this.#releases.splice(0),
    });
    this.effects.unshift(question);
  }

  /** What came of the turn. */
  decision(): Decision<RunContext> {
    const { effects } = this;
    if (this.#timers === undefined) return { next: this.#run, effects };
    const set = [...this.#timers.values()].filter((timer) => timer !== null);
    return { next: this.#run, effects, clear: [...this.#timers.keys()], set };
  }

  contextSubject(): string {
    return this.subjects.of('context', { shard: this.#run.shard, run: this.#run.run });
  }

  barrierSubject(group: string): string {
    return this.subjects.of('barrier', { shard: this.#run.shard, run: this.#run.run, group });
  }

  ownSubject(): string {
    return this.subjects.of('workflow', { shard: this.#run.shard, run: this.#run.run });
  }
}
