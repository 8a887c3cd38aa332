/** The instances of one agent process: hosted, fed, heard from once a second, drained. */
import { hostname } from 'node:os';
import type { Subscription } from '@tutti/bus';
import type { AttemptRef, Body, MessageOf, WorkflowJson } from '@tutti/contracts';
import { type ActorHost, createExchange, createHost, type Exchange, type KernelPorts } from '@tutti/kernel';
import type { AgentDefinition, AgentLog } from '../define.ts';
import { type AttemptOrder, execute } from '../execute.ts';
import { agentKind } from '../kind.ts';
import { type AgentOptions, type AgentOptionsInput, agentOptions } from '../options.ts';
import type { InstanceContext } from '../policy.ts';

export interface AgentHostOptions {
  readonly ports: KernelPorts;
  readonly agents: readonly AgentDefinition[];
  /** Instances of each agent. */
  readonly instances: number;
  /** Name of this process in the cluster; a subject token. */
  readonly process: string;
  readonly options?: AgentOptionsInput;
}

export interface AgentHost {
  readonly process: string;
  /** Registers; resolves when the first beat is out. */
  start(): Promise<void>;
  /** Takes no new work, waits for what runs at most this long (ms), reports, leaves. */
  drain(timeoutMs: number): Promise<void>;
}

export const createAgentHost = (options: AgentHostOptions): AgentHost => new ProcessHost(options);

interface Running {
  readonly abort: AbortController;
  readonly instance: string;
}

class ProcessHost implements AgentHost {
  readonly process: string;
  readonly #ports: KernelPorts;
  readonly #options: AgentOptions;
  readonly #agents: ReadonlyMap<string, AgentDefinition>;
  readonly #exchange: Exchange;
  readonly #host: ActorHost;
  readonly #instances: { readonly role: string; readonly instance: string }[] = [];
  readonly #running = new Map<string, Running>();
  readonly #startedAtMs: number;
  #subscriptions: Subscription[] = [];
  #seq = 0;
  #beatTimer: { cancel(): void } | undefined;
  #soonTimer: { cancel(): void } | undefined;
  #left = false;

  constructor({ ports, agents, instances, process, options }: AgentHostOptions) {
    this.process = process;
    this.#ports = ports;
    this.#options = agentOptions.parse(options ?? {});
    this.#agents = new Map(agents.map((agent) => [agent.name, agent]));
    this.#startedAtMs = ports.clock.now();
    this.#exchange = createExchange(ports, { identity: process });
    this.#host = createHost(ports, this.#exchange, agentKind(ports.subjects, this.#options), {
      subjects: ['instance'],
      idOf: (params) => params['instance'] ?? '',
      custom: (name, data, { actor }) => this.#custom(name, data, actor.id),
    });
    for (const role of this.#agents.keys()) {
      for (let n = 1; n <= instances; n++)
        this.#instances.push({ role, instance: `${process}-${role}-${n}`.slice(0, 64) });
    }
  }

  async start(): Promise<void> {
    this.#subscriptions = this.#instances.map(({ role, instance }) => this.#host.serve('instance', { role, instance }));
    for (const params of this.#instances) await this.#host.ensure(params);
    this.#beat();
    await this.#ports.bus.flush();
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#tellAll({ type: 'host.drain', abort: false });
    if (!(await this.#idleWithin(timeoutMs))) {
      this.#tellAll({ type: 'host.drain', abort: true });
      await this.#idleWithin(this.#options.abortGraceMs);
    }
    this.#left = true;
    this.#beatTimer?.cancel();
    this.#soonTimer?.cancel();
    this.#sendBeat();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#host.release(() => true);
    await this.#ports.bus.flush();
  }

  /** Resolves true as soon as no instance holds an attempt, false when the time is over. */
  #idleWithin(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#ports;
    const until = clock.monotonic() + timeoutMs;
    return new Promise((resolve) => {
      const look = (): void => {
        const busy = this.#instances.some(({ instance }) => this.#stateOf(instance)?.held != null);
        if (!busy || clock.monotonic() >= until) resolve(!busy);
        else clock.after(DRAIN_LOOK_MS, look);
      };
      look();
    });
  }

  #stateOf(instance: string): InstanceContext | undefined {
    return this.#host.get(instance)?.snapshot?.context as InstanceContext | undefined;
  }

  #tellAll(event: object): void {
    for (const { instance } of this.#instances) this.#host.get(instance)?.receive(event as never);
  }

  #custom(name: string, data: unknown, instance: string): void {
    if (name === 'execute') void this.#execute(data as { key: string; order: AttemptOrder }, instance);
    else if (name === 'abort') this.#running.get((data as { key: string }).key)?.abort.abort();
    else if (name === 'changed') this.#beatSoon();
  }

  async #execute({ key, order }: { key: string; order: AttemptOrder }, instance: string): Promise<void> {
    const agent = this.#agents.get(order.role);
    const abort = new AbortController();
    this.#running.set(key, { abort, instance });
    const tell = (event: object): void => this.#host.get(instance)?.receive(event as never);
    if (agent === undefined) return;
    const result = await execute(agent, order, {
      signal: abort.signal,
      log: this.#logOf(order),
      read: (path) => this.#read(order, path),
      progress: this.#progressOf(order, instance),
      prepared: () => tell({ type: 'execution.prepared', key }),
    });
    this.#running.delete(key);
    tell({ type: 'execution.ended', key, result });
  }

  #logOf({ run, step, attempt }: AttemptOrder): AgentLog {
    const log = this.#ports.log.child({ run, step, attempt });
    return {
      debug: (message, fields = {}) => log.debug(fields, message),
      info: (message, fields = {}) => log.info(fields, message),
      warn: (message, fields = {}) => log.warn(fields, message),
      error: (message, fields = {}) => log.error(fields, message),
    };
  }

  async #read({ run, shard, base }: AttemptOrder, path: string): Promise<WorkflowJson | undefined> {
    const to = this.#ports.subjects.of('context', { shard, run });
    const question: MessageOf<'context.read'> = { type: 'context.read', run, paths: [path], version: base };
    const { message } = await this.#exchange.ask(to, question, this.#options.readTimeoutMs);
    return message.type === 'context.snapshot' ? message.values[path] : undefined;
  }

  /** At most one message each `progressGapMs`; the end of the work is always told by its outcome. */
  #progressOf(order: AttemptOrder, instance: string): (fraction: number, note?: string) => void {
    const { run, step, attempt, epoch, shard, role } = order;
    const { clock, subjects } = this.#ports;
    const to = subjects.of('progress', { role, instance, shard, run });
    let next = 0;
    return (given, note) => {
      if (clock.monotonic() < next || !Number.isFinite(given)) return;
      next = clock.monotonic() + this.#options.progressGapMs;
      const fraction = Math.min(1, Math.max(0, given));
      const said = note === undefined ? {} : { note: note.slice(0, NOTE_CHARS) };
      this.#exchange.send(to, { type: 'attempt.progress', run, step, attempt, epoch, instance, fraction, ...said });
    };
  }

  #beatSoon(): void {
    if (this.#left || this.#soonTimer !== undefined) return;
    this.#soonTimer = this.#ports.clock.after(
      this.#options.beatGapMs,
      () => {
        this.#soonTimer = undefined;
        this.#sendBeat();
      },
      true,
    );
  }

  #beat(): void {
    this.#sendBeat();
    const jitter = 0.8 + 0.4 * this.#ports.random.next();
    this.#beatTimer = this.#ports.clock.after(this.#options.heartbeatMs * jitter, () => this.#beat(), true);
  }

  #sendBeat(): void {
    const beat: Body<'agent.beat'> = {
      process: this.process,
      host: hostname().slice(0, 255),
      pid: process.pid,
      seq: ++this.#seq,
      startedAtMs: this.#startedAtMs,
      version: '0.1.0',
      left: this.#left,
      instances: this.#instances.flatMap(({ role, instance }) => this.#row(role, instance)),
    };
    this.#exchange.send(this.#ports.subjects.of('agentBeat', { process: this.process }), {
      type: 'agent.beat',
      ...beat,
    });
  }

  #row(role: string, instance: string): Body<'agent.beat'>['instances'] {
    const state = this.#host.get(instance)?.snapshot?.value;
    const held: AttemptRef | undefined = this.#stateOf(instance)?.held?.ref;
    if (typeof state !== 'string' || !isShown(state)) return [];
    return [{ role, instance, state, ...(held === undefined ? {} : { attempt: held }) }];
  }
}

type Shown = Body<'agent.beat'>['instances'][number]['state'];
const SHOWN: readonly string[] = ['idle', 'preparing', 'running', 'reporting', 'draining'];
const isShown = (state: string): state is Shown => SHOWN.includes(state);

/** How often a draining process looks whether its work is done, ms. */
const DRAIN_LOOK_MS = 20;
const NOTE_CHARS = 500;
