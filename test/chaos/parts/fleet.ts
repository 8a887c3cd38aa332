/** The processes of Tutti under test: three nodes of every role, and agents of both kinds, some in networks of their own. */
import { fileURLToPath } from 'node:url';
import type { LogLine } from '@tutti/testkit/simulation';
import { LEDGER_FOLDER, LEDGER_NAME } from '../agents/ledger.ts';
import type { Broker } from './broker.ts';
import type { Network } from './network.ts';
import { Part } from './process.ts';

const PROGRAM = fileURLToPath(new URL('../../../apps/cli/bin/tutti.js', import.meta.url));
export const agentFile = (name: string): string => fileURLToPath(new URL(`../agents/${name}`, import.meta.url));

export const NODES = ['node-1', 'node-2', 'node-3'] as const;
/** Processes of agents, by name, and the file whose agents each offers. */
export const AGENTS: Readonly<Record<string, string>> = {
  'maker-1': agentFile('makers.ts'),
  'maker-2': agentFile('makers.ts'),
  'program-1': agentFile('programs.ts'),
  'program-2': agentFile('programs.ts'),
};
/** Live in networks of their own, where the machine allows it. */
export const SEPARABLE = ['node-3', 'maker-2', 'program-2'] as const;
const INSTANCES = '2';

export interface FleetOptions {
  readonly broker: Broker;
  readonly networks: ReadonlyMap<string, Network>;
  /** Processes of agents, by name, and the file whose agents each offers. */
  readonly agents: Readonly<Record<string, string>>;
  /** Folder of the agents' ledger. */
  readonly ledger: string;
  readonly onLog: (line: LogLine) => void;
}

export class Fleet {
  readonly parts: ReadonlyMap<string, Part>;

  constructor(options: FleetOptions) {
    const names = [...NODES, ...Object.keys(options.agents)];
    this.parts = new Map(names.map((name) => [name, partOf(name, options)]));
  }

  part(name: string): Part {
    const part = this.parts.get(name);
    if (part === undefined) throw new Error(`no process "${name}"`);
    return part;
  }

  /** All, or those named; nodes first, since agents need what nodes prepare. */
  async start(names: readonly string[] = [...this.parts.keys()]): Promise<void> {
    const isNode = (name: string): boolean => NODES.some((node) => node === name);
    for (const batch of [names.filter(isNode), names.filter((name) => !isNode(name))])
      await Promise.all(batch.map((name) => this.part(name).start()));
  }

  /** For good; at once by SIGKILL, else each may drain. */
  async stop(atOnce: boolean): Promise<void> {
    for (const part of this.parts.values()) part.retire();
    await Promise.all([...this.parts.values()].map((part) => (atOnce ? part.kill() : part.leave())));
  }

  async kill(): Promise<void> {
    await Promise.all([...this.parts.values()].map((part) => part.kill()));
  }

  get falls(): readonly string[] {
    return [...this.parts.values()].flatMap((part) => part.falls);
  }
}

/** Longer than a node takes to take over, shorter than the longest cuts: both ways out of the silence are gone. */
export const ALONE_MS = 6_000;

function partOf(name: string, { broker, networks, agents: files, ledger, onLog }: FleetOptions): Part {
  const network = networks.get(name);
  const agents = files[name];
  const role =
    agents === undefined
      ? ['up', '--replicas', `${broker.replicas}`, '--alone', `${ALONE_MS / 1_000}s`]
      : ['agent', 'start', agents];
  const instances = agents === undefined ? [] : ['-n', INSTANCES];
  const nats = ['--nats', broker.urls(network?.gateway ?? '127.0.0.1').join(',')];
  const tutti = [PROGRAM, ...role, ...instances, '--name', name, ...nats, '--output', 'json', '--log-level', 'warn'];
  const env = { TUTTI_FROM: 'dist', [LEDGER_FOLDER]: ledger, [LEDGER_NAME]: name };
  return new Part({ name, command: [...(network?.enter ?? []), process.execPath, ...tutti], env, onLog });
}
