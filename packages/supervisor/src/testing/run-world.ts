/** One run under a test: its machine stepped by hand, a message at a time, with what it asked for since. */
import type { AnyMessage, MessageOf, MessageType, Plan, WorkflowDefinition } from '@tutti/contracts';
import { createStepper, type Effect, type Step, type Stepper } from '@tutti/kernel';
import { planWorkflow } from '@tutti/planner';
import { createRunMachine, type RunMachineOptions } from '../machine.ts';
import { stepIn } from '../run/graph.ts';
import type { RunContext, StepState } from '../run/model.ts';

export interface Sent {
  readonly type: string;
  readonly [key: string]: unknown;
}

const TICK_MS = 10;
const STARTED_MS = 1_000;

export class RunWorld {
  readonly #stepper: Stepper;
  #step: Step;
  #at = STARTED_MS;
  #effects: Effect[] = [];

  constructor(
    definition: WorkflowDefinition,
    plan: Plan = planWorkflow(definition),
    options: RunMachineOptions = {},
    inputs: MessageOf<'workflow.start'>['inputs'] = {},
  ) {
    this.#stepper = createStepper(createRunMachine(options));
    this.#step = this.#stepper.start({ run: 'r', shard: 1, ownerEpoch: 1, owner: 'n' });
    this.take({ type: 'workflow.start', run: 'r', definition, plan, inputs });
  }

  get run(): RunContext {
    return this.#step.snapshot.context as RunContext;
  }
  /** Time of the last event, ms. */
  get at(): number {
    return this.#at;
  }
  /** The timers that the last event set. */
  get set(): Step['set'] {
    return this.#step.set;
  }

  /** The timers that the last event cleared. */
  get cleared(): readonly string[] {
    return this.#step.cleared;
  }

  take(event: Sent): this {
    this.#at += TICK_MS;
    this.#step = this.#stepper.step(this.#step.snapshot, { ...event, at: this.#at, from: 'test' } as never);
    this.#effects.push(...this.#step.effects);
    return this;
  }

  /** Time goes by before the next event. */
  pass(ms: number): this {
    this.#at += ms;
    return this;
  }

  /** Forgets what was asked for until now: it died with its owner, or is of no interest. */
  forget(): this {
    this.#effects = [];
    return this;
  }

  of(id: string): StepState {
    const step = stepIn(this.run, id);
    if (step === undefined) throw new Error(`The run has no step "${id}"`);
    return step;
  }

  ref(id: string): { run: string; step: string; attempt: number; epoch: number } {
    const { attempt, epoch } = this.of(id);
    return { run: 'r', step: id, attempt, epoch };
  }

  grant = (id: string): this =>
    this.take({ type: 'resource.granted', pool: 'default', granted: [this.of(id).lease], leaseMs: 10_000 });
  place = (id: string): this => this.grant(id).take({ type: 'attempt.placed', ...this.ref(id), instance: `i-${id}` });
  opened = (commits: readonly object[] = []): this =>
    this.take({ type: 'context.opened', run: 'r', version: commits.length, commits });
  commit = (id: string, more: object = {}): this => this.take(this.committed(id, more));
  committed = (step: string, more: object = {}): Sent => ({
    ...{ type: 'context.committed', step, epoch: stepIn(this.run, step)?.epoch ?? 0, version: 1 },
    ...{ duplicate: false, paths: [], conflicts: [], ...more },
  });
  fail = (id: string): this => {
    const error = { code: 'agent_failed', message: 'no', retryable: false };
    return this.take({ type: 'attempt.failed', ...this.ref(id), error });
  };
  close = (decision: string, missing: readonly string[], round = 1): this =>
    this.take({ type: 'barrier.closed', run: 'r', group: 'g', round, decision, arrived: [], missing, reason: 'time' });
  /** Another owner takes the run up. */
  recover = (): this => this.take({ type: 'actor.recovered', ownerEpoch: this.run.ownerEpoch + 1, owner: 'm' });
  surveyed = (...found: readonly object[]): this => this.take({ type: 'attempt.surveyed', run: 'r', found });

  /** Messages of a type that were sent, asked or told, since the last `forget`. */
  sent<T extends MessageType>(type: T): MessageOf<T>[] {
    const all = this.#effects.flatMap((e): AnyMessage[] =>
      e.type === 'ask' || e.type === 'tell' ? [e.params.message] : [],
    );
    return all.filter((message): message is MessageOf<T> => message.type === type);
  }

  /** Answers to whoever asked, since the last `forget`. */
  replies(): AnyMessage[] {
    return this.#effects.flatMap((e) => (e.type === 'reply' ? [e.params.message] : []));
  }

  /** Whether the actor asked its host for this since the last `forget`. */
  did = (type: Effect['type']): boolean => this.#effects.some((e) => e.type === type);

  /** What the node was asked for by this name. */
  customs(name: string): unknown[] {
    return this.#effects.flatMap((e) => (e.type === 'custom' && e.params.name === name ? [e.params.data] : []));
  }

  /** Takes what the run told itself since the last `forget`, as its node would bring it. */
  takeOwn(): this {
    const own = this.customs('self');
    this.forget();
    for (const event of own) this.take(event as Sent);
    return this;
  }

  events(type: string): readonly object[] {
    return this.#effects.flatMap((e) =>
      e.type === 'emit' && e.params.event.type === type ? [e.params.event.data] : [],
    );
  }
}
