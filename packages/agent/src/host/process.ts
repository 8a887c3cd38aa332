/**
 * The instances of one agent process: hosted, fed, heard from once a second, drained.
 *
 * An instance whose function hangs takes no more work; a fresh one takes its place, up to `maxHanging` of them. Once the
 * function returns, the old instance goes.
 */
import { hostname } from 'node:os';
import type { Subscription } from '@tutti/bus';
import { type AnyMessage, assertToken, type Body, type Home, type MessageOf, TuttiError } from '@tutti/contracts';
import {
  type ActorHost,
  createExchange,
  createHost,
  type Exchange,
  type Incoming,
  type KernelPorts,
} from '@tutti/kernel';
import type { AgentDefinition } from '../define.ts';
import type { AttemptOrder } from '../execute.ts';
import type { HostEvent } from '../guards.ts';
import { agentKind } from '../kind.ts';
import { type AgentOptions, type AgentOptionsInput, agentOptions } from '../options.ts';
import { attemptKey, type InstanceContext, type Settled } from '../policy.ts';
import { Beats } from './beats.ts';
import { Contact } from './contact.ts';
import { ShortWork } from './short-work.ts';
import type { StrayGuard } from './strays.ts';
import { Work } from './work.ts';

export interface AgentHostOptions {
  readonly ports: KernelPorts;
  readonly agents: readonly AgentDefinition[];
  /** Instances of each agent. */
  readonly instances: number;
  /** Name of this process in the cluster; a subject token. */
  readonly process: string;
  readonly options?: AgentOptionsInput;
  /** Leads errors that nobody caught back to their attempts; the process has to offer them to it. */
  readonly guard?: StrayGuard | undefined;
  /** Where this process runs, when that is known. */
  readonly home?: () => Home | undefined;
  /** What this process takes of its machine, for its beats; looked at with each. */
  readonly load?: (() => Load) | undefined;
}

type Load = NonNullable<Body<'agent.beat'>['load']>;

export interface AgentHost {
  readonly process: string;
  /** Registers; resolves when the first beat is out. */
  start(): Promise<void>;
  /** Takes no new work, waits for what runs at most this long (ms), stops the rest, reports, leaves. Repeatable. */
  drain(timeoutMs: number): Promise<void>;
}

/** @throws TuttiError `bad_subject` when the process's name is too long for its instances to be named after it. */
export const createAgentHost = (options: AgentHostOptions): AgentHost => new ProcessHost(options);

interface Instance {
  readonly role: string;
  readonly instance: string;
  readonly subscription: Subscription;
}

type Reply = (message: AnyMessage) => void;

/** What an instance wants executed, and how it accepts that. */
interface Execution {
  readonly key: string;
  readonly order: AttemptOrder;
  readonly acceptance: MessageOf<'attempt.accepted'>;
}

class ProcessHost implements AgentHost {
  readonly process: string;
  readonly #ports: KernelPorts;
  readonly #options: AgentOptions;
  readonly #agents: ReadonlyMap<string, AgentDefinition>;
  readonly #wanted: number;
  readonly #exchange: Exchange;
  readonly #host: ActorHost;
  readonly #work: Work;
  readonly #beats: Beats;
  readonly #short: ShortWork;
  readonly #contact: Contact;
  readonly #home: () => Home | undefined;
  readonly #load: (() => Load) | undefined;
  #heard: Subscription | undefined;
  readonly #instances = new Map<string, Instance>();
  readonly #startedAtMs: number;
  #named = 0;
  #seq = 0;
  #hanging = 0;
  #draining: Promise<void> | undefined;
  #left = false;
  #quiet: (() => void) | undefined;

  constructor({ ports, agents, instances, process, options, guard, home, load }: AgentHostOptions) {
    this.process = process;
    this.#home = home ?? (() => undefined);
    this.#load = load;
    this.#contact = new Contact(ports);
    this.#ports = ports;
    this.#options = agentOptions.parse(options ?? {});
    this.#agents = new Map(agents.map((agent) => [agent.name, agent]));
    this.#wanted = instances;
    this.#startedAtMs = ports.clock.now();
    this.#exchange = createExchange(ports, { identity: process });
    this.#work = new Work(ports, this.#exchange, this.#options, guard);
    this.#short = new ShortWork(ports.clock);
    this.#beats = new Beats(
      ports,
      this.#options,
      () => this.#instances.size,
      () => this.#sendBeat(),
    );
    this.#host = createHost(ports, this.#exchange, agentKind(ports.subjects, this.#options), {
      subjects: ['instance'],
      idOf: (params) => params['instance'] ?? '',
      // A message that was on its way when its instance went must not bring it back.
      ownerEpoch: (params) => (this.#instances.has(params['instance'] ?? '') ? 1 : undefined),
      besides: (incoming) => this.#isLate(incoming),
      custom: (name, data, { actor, reply }) => this.#custom(name, data, actor.id, reply),
    });
  }

  async start(): Promise<void> {
    const heard = this.#ports.subjects.of('heard', { process: this.process });
    this.#heard = this.#exchange.serve(heard, ({ message }) => this.#wasHeard(message), { local: false });
    for (const role of this.#agents.keys()) for (let n = 0; n < this.#wanted; n++) await this.#add(role);
    this.#beats.beat();
    await this.#ports.bus.flush();
  }

  drain(timeoutMs: number): Promise<void> {
    this.#draining ??= this.#drain(timeoutMs);
    return this.#draining;
  }

  async #drain(timeoutMs: number): Promise<void> {
    this.#tellAll({ type: 'host.drain', abort: false });
    if (!(await this.#quietWithin(timeoutMs))) {
      this.#tellAll({ type: 'host.drain', abort: true });
      await this.#quietWithin(this.#options.abortGraceMs);
    }
    this.#left = true;
    this.#beats.end();
    this.#heard?.unsubscribe();
    for (const { instance } of [...this.#instances.values()]) this.#remove(instance);
    await this.#ports.bus.flush();
  }

  async #add(role: string): Promise<void> {
    this.#named += 1;
    const instance = assertToken(`${this.process}-${this.#named}`, 'instance');
    const subscription = this.#host.serve('instance', { role, instance });
    this.#instances.set(instance, { role, instance, subscription });
    await this.#host.ensure({ role, instance });
  }

  #remove(instance: string): void {
    this.#instances.get(instance)?.subscription.unsubscribe();
    this.#tell(instance, { type: 'host.leave' });
    this.#instances.delete(instance);
    this.#beats.changed();
  }

  /** Resolves true as soon as no instance holds an attempt, false when the time is over. */
  #quietWithin(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.#quiet = undefined;
        resolve(this.#isQuiet());
      };
      const timer = this.#ports.clock.after(timeoutMs, done);
      this.#quiet = () => {
        if (this.#isQuiet()) done();
      };
      this.#quiet();
    });
  }

  #isQuiet(): boolean {
    return [...this.#instances.keys()].every((instance) => this.#stateOf(instance)?.held == null);
  }

  #stateOf(instance: string): InstanceContext | undefined {
    return this.#host.get(instance)?.snapshot?.context as InstanceContext | undefined;
  }

  #tell(instance: string, event: HostEvent): void {
    this.#host.get(instance)?.receive(event);
  }

  #tellAll(event: HostEvent): void {
    for (const instance of [...this.#instances.keys()]) this.#tell(instance, event);
  }

  #custom(name: string, data: unknown, instance: string, reply: Reply | undefined): void {
    switch (name) {
      case 'execute':
        return this.#execute(data as Execution, instance, reply);
      case 'tellFirst':
        return this.#tellFirst(instance, data as { to: string; message: MessageOf<'attempt.outcome'> });
      case 'abort': {
        const { key, reason } = data as { key: string; reason: string };
        return this.#work.abort(ownKey(instance, key), reason);
      }
      case 'changed':
        this.#beats.changed();
        // After the present step: the machine is still in it.
        return this.#quiet === undefined ? undefined : this.#ports.clock.soon(() => this.#quiet?.());
      case 'hanging':
        return this.#replaceHanging(instance);
      case 'drained':
        return this.#ports.clock.soon(() => this.#drained(instance));
      case 'settled': {
        const { key, isTaken } = data as Settled;
        return this.#work.settled(ownKey(instance, key), isTaken);
      }
      case 'givenUp':
        return this.#ports.log.warn({ instance, attempt: data }, 'nobody recorded an outcome; it is dropped');
    }
  }

  #execute({ key, order, acceptance }: Execution, instance: string, reply: Reply | undefined): void {
    const agent = this.#agents.get(order.role);
    if (agent === undefined) throw new TuttiError('internal_error', `Instance ${instance} took work of ${order.role}`);
    const prepared = (): void => this.#tell(instance, { type: 'execution.prepared', key });
    const own = ownKey(instance, key);
    if (order.aloneMs !== undefined) this.#contact.begin(own, order.aloneMs);
    this.#short.begin(own, reply, acceptance, prepared);
    this.#work.start(
      agent,
      order,
      { key: own, instance },
      {
        prepared: () => (this.#short.prepared(own) ? prepared() : undefined),
        ended: (result, isAwaited) => {
          this.#contact.end(own);
          this.#tell(instance, { type: 'execution.ended', key, result, ...(isAwaited ? { isAwaited } : {}) });
        },
      },
    );
  }

  #tellFirst(instance: string, { to, message }: { to: string; message: MessageOf<'attempt.outcome'> }): void {
    if (!this.#short.answer(ownKey(instance, attemptKey(message)), message)) this.#exchange.send(to, message);
  }

  #replaceHanging(instance: string): void {
    const role = this.#instances.get(instance)?.role;
    if (role === undefined) return;
    this.#hanging += 1;
    const isReplaced = this.#draining === undefined && this.#hanging <= this.#options.maxHanging;
    this.#ports.log.warn(
      { instance, role, hanging: this.#hanging, limit: this.#options.maxHanging, isReplaced },
      'an agent ignores its signal; pass `signal` on to whatever it waits for',
    );
    if (isReplaced) void this.#add(role);
  }

  /** An instance that is not to work any more has nothing left to do: outside of a drain, its hanging function returned. */
  #drained(instance: string): void {
    const role = this.#instances.get(instance)?.role;
    if (role === undefined || this.#draining !== undefined) return;
    this.#hanging -= 1;
    this.#remove(instance);
    const present = [...this.#instances.values()].filter((other) => other.role === role);
    const working = present.filter((other) => this.#stateOf(other.instance)?.draining !== true);
    if (working.length < this.#wanted) void this.#add(role);
  }

  /** An order that was under way while this process heard nothing: whoever gave it has given it up. */
  #isLate({ message, reply }: Incoming): boolean {
    if (message.type !== 'attempt.run' || message.aloneMs === undefined || this.#contact.isInTouch) return false;
    const { run, step, attempt, epoch } = message;
    reply?.({ type: 'attempt.refused', run, step, attempt, epoch, instance: this.process, reason: 'out_of_touch' });
    return true;
  }

  #wasHeard(message: AnyMessage): void {
    if (message.type !== 'agent.heard' || message.startedAtMs !== this.#startedAtMs) return;
    const keys = new Set(message.attempts.map(attemptKey));
    this.#contact.heard(message.seq, (own) => keys.has(own.slice(own.indexOf('/') + 1)));
  }

  #stopAlone(): void {
    for (const own of this.#contact.alone()) {
      const at = own.indexOf('/');
      this.#ports.log.warn(
        { attempt: own },
        'no supervisor has said for too long that it hears of this attempt; it is stopped',
      );
      this.#tell(own.slice(0, at), { type: 'host.alone', key: own.slice(at + 1) });
    }
  }

  #sendBeat(): void {
    this.#stopAlone();
    const home = this.#home();
    this.#seq += 1;
    this.#contact.beat(this.#seq);
    this.#exchange.send(this.#ports.subjects.of('agentBeat', { process: this.process }), {
      type: 'agent.beat',
      process: this.process,
      host: hostname().slice(0, 255),
      pid: process.pid,
      ...(home === undefined ? {} : { home }),
      seq: this.#seq,
      startedAtMs: this.#startedAtMs,
      version: '0.1.0',
      left: this.#left,
      instances: [...this.#instances.values()].flatMap(({ role, instance }) => this.#row(role, instance)),
      ...(this.#load === undefined ? {} : { load: this.#load() }),
    });
  }

  #row(role: string, instance: string): Body<'agent.beat'>['instances'] {
    const state = this.#host.get(instance)?.snapshot?.value;
    const { held, draining } = this.#stateOf(instance) ?? {};
    if (typeof state !== 'string' || !isShown(state)) return [];
    const more = { ...(held == null ? {} : { attempt: held.ref }), ...(draining === true ? { draining } : {}) };
    return [{ role, instance, state, ...more }];
  }
}

type Shown = Body<'agent.beat'>['instances'][number]['state'];
const SHOWN: readonly string[] = ['idle', 'preparing', 'running', 'reporting', 'draining'];
const isShown = (state: string): state is Shown => SHOWN.includes(state);

/** An order that came late may be begun by one instance while another ends it: each has its own. */
const ownKey = (instance: string, key: string): string => `${instance}/${key}`;
