/** A cluster of the simulation: the real nodes, agent processes and client, each in a process of its own. */
import { type Bus, createMemoryBroker, type MemoryBroker, type PowerLoss } from '@tutti/bus';
import { type Client, createClient } from '@tutti/client';
import { type AgentProcess, type Node, POOL, ROLES, type Role, startAgentProcess, startNode } from '@tutti/cluster';
import { createSubjects, type MessageOf } from '@tutti/contracts';
import { createExchange, createLocalTable } from '@tutti/kernel';
import { noopMeter } from '@tutti/telemetry';
import { type AgentScript, LATE_ROLE, ROLES_OF_AGENTS, scriptedAgents } from './agents.ts';
import { appends, deliveries, type FaultRates, MOST_LOST_MS, type Weather } from './faults.ts';
import { type ProcessWorld, SimProcess } from './process.ts';
import { processBus } from './process-bus.ts';

/** How long a process takes from its start until it does its first thing, and a supervisor until it starts one again, ms. */
const RESTART_MS = { from: 200, to: 4_000 };

/** One place for a process: when the process is killed, another is started here. */
interface Seat {
  readonly what: 'node' | 'agents';
  readonly start: () => Promise<Running>;
  present: Running | undefined;
}

interface Running {
  readonly process: SimProcess;
  readonly leave: () => Promise<void>;
}

export interface ClusterOptions {
  readonly nodes: readonly (readonly Role[])[];
  readonly agentProcesses: number;
  readonly instances: number;
  readonly rates: FaultRates;
  readonly skipSocket: boolean;
  readonly script: AgentScript;
  /** When the agent process of the late role starts, virtual ms. */
  readonly lateMs: number;
  /** How long work goes on that nobody hears of, virtual ms. */
  readonly aloneMs: number;
  /** Whether nodes see it when a process is dead. */
  readonly seesDeath: boolean;
  /** Records between two checkpoints of a journal; absent: as in a real node. */
  readonly checkpointEvery?: number | undefined;
}

/** Every role on every node. */
export const ALL_ROLES: readonly Role[] = ROLES;

export class SimCluster {
  readonly broker: MemoryBroker;
  readonly client: Client;
  readonly #world: ProcessWorld;
  readonly #options: ClusterOptions;
  readonly weather: Weather;
  readonly #seats: Seat[] = [];
  #started = 0;
  /** Every process there was, by its number. */
  readonly #processes: SimProcess[] = [];
  #hasLostPower = false;

  constructor(world: ProcessWorld, options: ClusterOptions, stormy: () => boolean) {
    const { time } = world;
    this.#world = world;
    this.#options = options;
    this.weather = { stormy, elapsed: () => time.elapsed, isFull: false, away: new Set() };
    this.broker = createMemoryBroker({
      timers: {
        setTimeout: (callback, ms) => time.after(ms, callback),
        clearTimeout: (handle) => (handle as { cancel(): void }).cancel(),
      },
      now: () => time.now(),
      undoMs: MOST_LOST_MS,
      defer: (run) => time.soon(run),
    });
    const faults = world.random.fork('bus');
    this.broker.intercept = deliveries(faults.fork('messages'), options.rates, this.weather);
    this.broker.interceptAppend = appends(faults.fork('appends'), options.rates, this.weather);
    this.client = this.#client();
  }

  start(): void {
    const { nodes, agentProcesses, lateMs } = this.#options;
    for (const [i, roles] of nodes.entries()) this.#seat('node', () => this.#node(`n${i}`, roles));
    for (let i = 0; i < agentProcesses; i++) this.#seat('agents', () => this.#agents(`a${i}`, ROLES_OF_AGENTS));
    this.#world.time.after(lateMs, () => this.#seat('agents', () => this.#agents('late', [LATE_ROLE])));
  }

  /** Processes that run now, by what they are. */
  running(what?: Seat['what']): readonly SimProcess[] {
    return this.#seats.flatMap((s) =>
      s.present !== undefined && (what ?? s.what) === s.what ? [s.present.process] : [],
    );
  }

  /** Attempts that agents of running processes work on. */
  working(): readonly string[] {
    return this.running('agents').flatMap(({ working }) => [...working]);
  }

  get hasLostPower(): boolean {
    return this.#hasLostPower;
  }

  /**
   * The broker is away for `downMs`, and when it comes back the last that it had acknowledged is gone: of journals, and of leases
   * and marks, what was stored in the last so many ms.
   */
  losePower(loss: PowerLoss, downMs: number): void {
    const { time, trace } = this.#world;
    this.#hasLostPower = true;
    for (const record of this.broker.losePower(loss)) trace.add({ kind: 'lost', at: time.elapsed, ...record });
    this.#cutOff(downMs, 'the broker has no power');
  }

  /** The broker is away for `downMs` and loses nothing. Agents are back up to `laterMs` after the nodes. */
  restartBroker(downMs: number, laterMs = 0): void {
    this.#cutOff(downMs, 'the broker starts anew', laterMs);
  }

  #cutOff(downMs: number, why: string, laterMs = 0): void {
    const { time, random } = this.#world;
    const agents = new Set<unknown>(this.running('agents').map(({ connection }) => connection));
    const delays = random.fork(`late/${time.elapsed}`);
    const cut = this.broker.connections;
    for (const connection of cut) connection.disconnect(why);
    time.after(downMs, () => {
      for (const connection of cut) {
        if (laterMs === 0 || !agents.has(connection)) connection.reconnect();
        else time.after(delays.between(0, laterMs), () => connection.reconnect());
      }
    });
  }

  /** The process is gone at once; another one takes its place some time later. */
  crash(process: SimProcess): void {
    const seat = this.#seatOf(process);
    process.kill();
    if (seat !== undefined) this.#vacate(seat);
  }

  /** The process gives back what it has and ends; another one takes its place. */
  leave(process: SimProcess): void {
    const seat = this.#seatOf(process);
    if (seat === undefined) return;
    const { present } = seat;
    const gone = (): void => {
      if (!process.alive) return;
      process.kill();
      this.#vacate(seat);
    };
    // A leave that fails or takes too long ends as the process's supervisor would end it.
    void present?.leave().then(gone, gone);
    this.#world.time.after(LEAVE_MS, gone);
  }

  /** The state of the pool, asked until somebody answers. */
  async pool(): Promise<MessageOf<'resource.state'>> {
    const { process, bus } = this.#process(`asker-${this.#started}`);
    const exchange = createExchange(
      { bus, ...process.ports, log: process.log, meter: noopMeter, subjects: createSubjects() },
      { identity: process.name },
    );
    for (;;) {
      const to = createSubjects().of('resources', { pool: POOL });
      const asked = exchange.ask(to, { type: 'resource.describe' } as MessageOf<'resource.describe'>, 1_000);
      const message = await asked.then((answer) => answer.message).catch(() => undefined);
      if (message?.type === 'resource.state') return message;
      await this.#world.time.sleep(500);
    }
  }

  #seatOf(process: SimProcess): Seat | undefined {
    return this.#seats.find((s) => s.present?.process === process);
  }

  #vacate(seat: Seat): void {
    seat.present = undefined;
    const { from, to } = RESTART_MS;
    this.#world.time.after(this.#world.random.fork(`restart/${this.#started}`).between(from, to), () =>
      this.#fill(seat),
    );
  }

  #seat(what: Seat['what'], start: () => Promise<Running>): void {
    const seat: Seat = { what, start, present: undefined };
    this.#seats.push(seat);
    this.#fill(seat);
  }

  #fill(seat: Seat): void {
    seat.start().then(
      (running) => {
        if (running.process.alive) seat.present = running;
        else this.#vacate(seat);
      },
      () => this.#vacate(seat),
    );
  }

  #process(name: string): { process: SimProcess; bus: Bus } {
    this.#started += 1;
    const process = new SimProcess(name, this.broker.connect(name), this.#world);
    this.#processes.push(process);
    return { process, bus: processBus(process, this.#options.rates, this.weather) };
  }

  async #node(place: string, roles: readonly Role[]): Promise<Running> {
    const { process, bus } = this.#process(`${place}-${this.#started}`);
    const { aloneMs, checkpointEvery, skipSocket } = this.#options;
    const node: Node = await startNode({
      bus,
      roles,
      ...(checkpointEvery === undefined ? {} : { checkpointEvery }),
      name: process.name,
      ports: { ...process.ports, local: createLocalTable({ freezes: true }) },
      log: process.log,
      aloneMs,
      isDead: ({ pid }) => this.#processes[pid]?.alive === false,
      skipSocket,
    }).catch((error) => {
      process.kill();
      throw error;
    });
    return { process, leave: () => node.stop() };
  }

  async #agents(place: string, roles: readonly string[]): Promise<Running> {
    const { process, bus } = this.#process(`${place}-${this.#started}`);
    const { script, instances, seesDeath } = this.#options;
    const pid = this.#processes.indexOf(process);
    const agents: AgentProcess = await startAgentProcess({
      bus,
      agents: scriptedAgents(process, script, roles),
      instances,
      name: process.name,
      home: seesDeath ? { seat: 'here', pid } : undefined,
      load: undefined,
      ports: process.ports,
      log: process.log,
    });
    return { process, leave: () => agents.drain(LEAVE_MS / 2) };
  }

  #client(): Client {
    const { process, bus } = this.#process('client');
    const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const timer = process.clock.after(ms, resolve);
        const stop = (): void => {
          timer.cancel();
          resolve();
        };
        if (signal?.aborted === true) stop();
        else signal?.addEventListener('abort', stop, { once: true });
      });
    return createClient({ bus, newId: () => process.ids.next(), sleep });
  }
}

/** How long a process that was asked to leave may take, ms. */
const LEAVE_MS = 4_000;
