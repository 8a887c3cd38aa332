/** What a program that drives workflows imports. It knows the API's subjects and nothing of shards or owners. */
import type { Bus } from '@tutti/bus';
import {
  type Body,
  type ConflictTake,
  createSubjects,
  type LetterRow,
  type MessageOf,
  type RunView,
  type TuttiEvent,
  type WorkflowDefinition,
  type WorkflowJson,
} from '@tutti/contracts';
import { type CallLimits, type CallPorts, call, DEFAULT_CALL_LIMITS, type Sleep } from './call.ts';
import { pause, randomId } from './pause.adapter.ts';
import { recorded, watchRun } from './watch.ts';

export interface ClientOptions {
  readonly bus: Bus;
  /** First token of every subject. Default `tutti`. */
  readonly prefix?: string;
  readonly limits?: Partial<CallLimits>;
  readonly newId?: () => string;
  readonly sleep?: Sleep;
}

export interface Submission {
  /** Default: a new id. */
  readonly run?: string;
  readonly definition: WorkflowDefinition;
  readonly inputs?: Readonly<Record<string, WorkflowJson>>;
}

export interface WatchOptions {
  /** Sequence of the first event wanted. Default 1. */
  readonly fromSeq?: number;
  /** Ends the watch without an error. */
  readonly signal?: AbortSignal;
}

/** How a run ended, and what it left. */
export interface RunResult {
  readonly view: RunView;
  /** The whole context at its last version. */
  readonly context: WorkflowJson;
}

export interface Approval {
  /** The step of type `approval`. */
  readonly step: string;
  readonly approved: boolean;
  /** Who answers: a name for people, 1 to 128 characters. */
  readonly by: string;
  /** Up to 2,000 characters, which following steps can read. */
  readonly comment?: string;
}

export interface Signal {
  readonly name: string;
  readonly by: string;
  readonly data?: WorkflowJson;
}

export interface Decision {
  /** Id of the conflict, as it stands in the `conflicts` of `status`. */
  readonly conflict: string;
  /** What holds: what stands there already, what the refused side would have written, or another value. */
  readonly take: ConflictTake;
  /** Who decides: a name for people, 1 to 128 characters. */
  readonly by: string;
  /** Up to 2,000 characters. */
  readonly comment?: string;
  /** The newest version seen, where the place was written again after the conflict. */
  readonly over?: number;
}

export interface Client {
  /** Starts a run; the same run id with the same definition and inputs answers the same. */
  submit(submission: Submission): Promise<{ run: string; planHash: string; duplicate: boolean }>;
  /** Events of a run in order, from a sequence (default 1), until it has ended. */
  watch(run: string, options?: WatchOptions): AsyncGenerator<TuttiEvent, void>;
  /** The recorded events of a run from a sequence, as they are now. */
  events(run: string, fromSeq?: number): AsyncGenerator<TuttiEvent, void>;
  status(run: string): Promise<RunView>;
  /** Waits for the end of a run. */
  result(run: string): Promise<RunResult>;
  cancel(run: string, reason?: string): Promise<RunView>;
  /** Lets the run start no further step; what runs goes on. Rejects with `run_finished` once the run ends. */
  pause(run: string, by: string, reason?: string): Promise<RunView>;
  /** Lets a paused run go on. */
  resume(run: string, by: string): Promise<RunView>;
  /**
   * Lets a run go on that ended failed, partial, conflicted, cancelled or timed out: `from` (default: all that did not succeed) and what
   * follows from it run again. Where a conflict was decided, `from` may be a step of a run that succeeded. A watch has ended with the run; a new one goes on from the last sequence.
   */
  retry(run: string, options: { readonly by: string; readonly from?: string }): Promise<RunView>;
  /** Answers a step that waits for a person. Rejects with `already_answered` when somebody else was first. */
  approve(run: string, approval: Approval): Promise<RunView>;
  /** Gives a signal to the steps that wait for it, now or later. Rejects with `already_answered` when there was one. */
  signal(run: string, signal: Signal): Promise<RunView>;
  /**
   * Decides a conflict, while the run goes on or after its end. Once the last one is decided, a run that ended `conflicted` has the
   * outcome that it would have had without; a watch from the next sequence gives the new end. Resolves once the decision is stored.
   * Rejects with `already_answered` when another decision holds, `place_changed` when something else was written there since, and
   * `unknown_conflict`.
   */
  resolve(run: string, decision: Decision): Promise<RunView>;
  /** What the run was started with. */
  startedWith(run: string): Promise<Body<'run.described'>>;
  /**
   * Deletes all that is kept of a run that has ended; false when nothing was. Rejects with `run_active` when it goes on. Its id may
   * be given to a new run then.
   */
  purge(run: string): Promise<boolean>;
  list(options?: { readonly limit?: number }): Promise<MessageOf<'run.listed'>>;
  /** Values by path at one version (default: the newest). */
  context(run: string, paths?: readonly string[], version?: number): Promise<MessageOf<'context.snapshot'>>;
  describe(): Promise<MessageOf<'cluster.state'>>;
  readonly letters: LetterClient;
}

/** Dead letters: what no machine can take. Calls that name a letter reject `unknown_letter` when it is gone. */
export interface LetterClient {
  /** Newest first. Default: 100 of them. */
  list(options?: { readonly limit?: number }): Promise<MessageOf<'letter.listed'>>;
  show(id: string): Promise<MessageOf<'letter.shown'>>;
  /** Sends a message again, or takes a run up again: rejects with why that cannot be. */
  retry(id: string): Promise<LetterRow>;
  drop(id: string): Promise<LetterRow>;
}

export function createClient(options: ClientOptions): Client {
  const newId = options.newId ?? randomId;
  const ports: CallPorts = {
    bus: options.bus,
    subjects: createSubjects(options.prefix),
    identity: `client-${newId()}`,
    newId,
    sleep: options.sleep ?? pause,
    limits: { ...DEFAULT_CALL_LIMITS, ...options.limits },
  };
  const client: Client = {
    async submit({ run = newId(), definition, inputs = {} }) {
      const message = { type: 'run.submit' as const, run, definition, inputs: { ...inputs } };
      const { planHash, duplicate } = await call(ports, message, 'run.accepted');
      return { run, planHash, duplicate };
    },
    watch: (run, { fromSeq = 1, signal } = {}) => watchRun(ports, run, fromSeq, signal),
    async *events(run, fromSeq = 1) {
      yield* await recorded(ports, run, fromSeq);
    },
    status: (run) => viewOf(ports, { type: 'run.status', run }),
    cancel: (run, reason = 'asked for') => viewOf(ports, { type: 'run.cancel', run, reason }),
    pause: (run, by, reason) =>
      viewOf(ports, { type: 'run.pause', run, by, ...(reason === undefined ? {} : { reason }) }),
    resume: (run, by) => viewOf(ports, { type: 'run.resume', run, by }),
    retry: (run, { by, from: step }) =>
      viewOf(ports, { type: 'run.retry', run, by, request: newId(), ...(step === undefined ? {} : { step }) }),
    approve: (run, approval) => viewOf(ports, { type: 'run.approve', run, ...approval }),
    signal: (run, signal) => viewOf(ports, { type: 'run.signal', run, ...signal }),
    resolve: (run, decision) => viewOf(ports, { type: 'run.resolve', run, ...decision }),
    startedWith: async (run) => {
      const { type: _, ...given } = await call(ports, { type: 'run.describe', run }, 'run.described');
      return given;
    },
    purge: async (run) => (await call(ports, { type: 'run.purge', run }, 'run.purged')).found,
    async result(run) {
      for await (const _ of client.watch(run));
      const view = await client.status(run);
      const { values } = await client.context(run, ['']);
      return { view, context: values[''] ?? {} };
    },
    list: ({ limit = 100 } = {}) => call(ports, { type: 'run.list', limit }, 'run.listed'),
    context: (run, paths = [''], version) =>
      call(
        ports,
        { type: 'run.context', run, paths: [...paths], ...(version === undefined ? {} : { version }) },
        'context.snapshot',
      ),
    describe: () => call(ports, { type: 'cluster.describe' } as MessageOf<'cluster.describe'>, 'cluster.state'),
    letters: letterClient(ports),
  };
  return client;
}

const letterClient = (ports: CallPorts): LetterClient => ({
  list: ({ limit = 100 } = {}) => call(ports, { type: 'letter.list', limit }, 'letter.listed'),
  show: (id) => call(ports, { type: 'letter.show', id }, 'letter.shown'),
  retry: async (id) => (await call(ports, { type: 'letter.retry', id }, 'letter.done')).letter,
  drop: async (id) => (await call(ports, { type: 'letter.drop', id }, 'letter.done')).letter,
});

type Order =
  | 'run.status'
  | 'run.cancel'
  | 'run.pause'
  | 'run.resume'
  | 'run.approve'
  | 'run.signal'
  | 'run.resolve'
  | 'run.retry';

async function viewOf(ports: CallPorts, message: MessageOf<Order>): Promise<RunView> {
  const { type: _, ...view } = await call(ports, message, 'run.state');
  return view;
}
