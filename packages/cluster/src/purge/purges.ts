/**
 * Deletes what is kept of runs that have ended, at the node that owns them. The journal of the workflow goes last: it is what
 * says that the run has ended, so a purge that was cut short can be done again, and what comes under the same id before that
 * meets a journal that is not empty. Nothing is replayed: a run whose journal nobody can read any more goes like any other.
 */
import { type MessageOf, shardOf, TuttiError } from '@tutti/contracts';
import type { Actor, ActorHost, Exchange, Incoming, Journals, KernelPorts } from '@tutti/kernel';
import type { RunContext } from '@tutti/supervisor';
import type { Letters } from '../letters/store.ts';
import { FORGET_MS, type Forgetful, type Forgetting, HOLD_MS } from './forgetting.ts';

/** Between two words that a purge goes on: two of them may be lost. */
const RENEW_MS = HOLD_MS / 4;

type Ports = Pick<KernelPorts, 'clock' | 'log' | 'subjects'>;
export type Purged = MessageOf<'run.purged'>;

export interface PurgesOptions {
  readonly exchange: Exchange;
  readonly journals: Journals;
  readonly letters: Pick<Letters, 'reasonOf' | 'release'>;
  readonly workflows: Pick<ActorHost, 'get' | 'ensure'>;
  readonly forgetting: Forgetting;
  readonly forgetful: Forgetful;
  /** Names of the other live nodes that may host something of a run. */
  others(): readonly string[];
  isOwned(shard: number): boolean;
  /** Nothing is kept of a run any more. */
  purged?(run: string): void;
}

export class Purges {
  readonly #ports: Ports;
  readonly #options: PurgesOptions;
  /** One at a time a run: a second one might take a new run of the same id for the old one. */
  readonly #underWay = new Map<string, Promise<Purged>>();

  constructor(ports: Ports, options: PurgesOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** Rejects `run_active` when the run goes on, `not_owner`, and whatever keeps a node from letting go of it. */
  purge(run: string): Promise<Purged> {
    const underWay = this.#underWay.get(run) ?? this.#purge(run).finally(() => this.#underWay.delete(run));
    this.#underWay.set(run, underWay);
    return underWay;
  }

  /** Answers a call that came to the host of the workflows; true when it is one of a purge. */
  answers({ message, reply }: Incoming): boolean {
    if (message.type !== 'run.purge') return false;
    const failed = (error: unknown): void => reply?.({ type: 'error', error: TuttiError.from(error).toData() });
    void this.purge(message.run).then((purged) => reply?.(purged), failed);
    return true;
  }

  async #purge(run: string): Promise<Purged> {
    const { forgetting, forgetful } = this.#options;
    this.#assertOwned(run);
    const actor = this.#options.workflows.get(run);
    if (actor !== undefined && !actor.ended) throw isOver(actor) ? keptFor(run, actor) : active(run);
    try {
      await forgetting.forget(run, forgetful);
      await this.#assertEnded(run);
      await this.#tellOthers(run);
      this.#assertOwned(run);
      return await this.#whileHeld(run, this.#drop(run));
    } finally {
      forgetting.release(run);
    }
  }

  /**
   * By the log: what the actor did last before it was let go stands there, a retry too. A run that lies aside goes on no more, and
   * nobody may be able to read how it stands.
   */
  async #assertEnded(run: string): Promise<void> {
    if ((await this.#options.letters.reasonOf(run)) !== undefined) return;
    const last = await this.#options.journals.last(keyOf('wf', run));
    if (last === undefined || last.end) return;
    this.#options.forgetting.release(run);
    await this.#options.workflows.ensure({ run, shard: String(shardOf(run)) });
    throw active(run);
  }

  #assertOwned(run: string): void {
    if (this.#options.isOwned(shardOf(run))) return;
    throw new TuttiError('not_owner', `The run ${run} is not owned by this process`);
  }

  /** A node that lives and does not answer may still host what would write again: then nothing is deleted. */
  async #tellOthers(run: string): Promise<void> {
    const { exchange, others } = this.#options;
    await Promise.all(
      others().map((node) => exchange.ask(this.#to(node), { type: 'node.forget', run, done: false }, FORGET_MS)),
    );
  }

  /** Deleting may take longer than a run is held: here and at the others that is renewed until all is gone. */
  #whileHeld(run: string, dropped: Promise<Purged>): Promise<Purged> {
    const { forgetting, exchange, others } = this.#options;
    const later = (): { cancel(): void } => this.#ports.clock.after(RENEW_MS, renew, true);
    const renew = (): void => {
      forgetting.renew(run);
      for (const node of others()) exchange.send(this.#to(node), { type: 'node.forget', run, done: false });
      timer = later();
    };
    let timer = later();
    return dropped.finally(() => timer.cancel());
  }

  async #drop(run: string): Promise<Purged> {
    const { journals, letters, exchange, others } = this.#options;
    const keys = [keyOf('ctx', run), keyOf('wf', run)];
    // What nobody can read is there all the same; where it was the broker that failed, the purge does too.
    const isThere = (key: string): Promise<boolean> =>
      journals.last(key).then(
        (last) => last !== undefined,
        () => true,
      );
    const kept = await Promise.all([...keys.map(isThere), letters.reasonOf(run)]);
    const found = kept.some((each) => each !== undefined && each !== false);
    for (const key of keys.slice(0, -1)) await journals.purge(key);
    await letters.release(run);
    await journals.purge(keyOf('wf', run));
    for (const node of others()) exchange.send(this.#to(node), { type: 'node.forget', run, done: true });
    this.#options.purged?.(run);
    this.#ports.log.info({ run, found }, 'a run was purged');
    return { type: 'run.purged', run, found };
  }

  #to(node: string): string {
    return this.#ports.subjects.of('node', { node });
  }
}

const keyOf = (kind: 'wf' | 'ctx', run: string): string => `${kind}.${shardOf(run)}.${run}`;

const isOver = ({ snapshot }: Actor): boolean =>
  (snapshot?.context as { readonly phase?: string } | undefined)?.phase === 'ended';

/** Why a run that has ended is still with its owner. */
const keptFor = (run: string, { snapshot }: Actor): TuttiError =>
  ((snapshot?.context as Partial<RunContext> | undefined)?.deciding ?? []).length > 0 ? deciding(run) : holding(run);

const deciding = (run: string): TuttiError =>
  new TuttiError(
    'run_active',
    `The run ${run} has ended, and what a person decided about a conflict of it is not stored yet; purge it once its context has answered (\`tutti doctor\` says what lies aside)`,
  );

const holding = (run: string): TuttiError =>
  new TuttiError(
    'run_active',
    `The run ${run} has ended and still holds room of the pool for work that was not heard of any more; purge it when that is over, in less than a minute unless nodes were started with a longer --alone`,
  );

const active = (run: string): TuttiError =>
  new TuttiError('run_active', `The run ${run} has not ended; only a run that has ended is purged`);
