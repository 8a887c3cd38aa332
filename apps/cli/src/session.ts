/** A client with something behind it: a cluster in this process, or one behind a broker. */
import { randomBytes } from 'node:crypto';
import type { AgentDefinition } from '@tutti/agent';
import type { Bus } from '@tutti/bus';
import { type Client, createClient } from '@tutti/client';
import {
  createSubjects,
  type Finding,
  monitoringOf,
  TuttiError,
  type TuttiEvent,
  tuttiEvent,
  WORKFLOW_LIMITS,
  type WorkflowDefinition,
  type WorkflowStep,
} from '@tutti/contracts';
import { didYouMean } from '@tutti/planner';
import type { Logger } from '@tutti/telemetry';
import { connectBroker } from './broker.ts';
import type { Cli } from './cli.ts';
import { BadFileError } from './explain.ts';
import { outputCacheOf } from './output-cache.ts';
import type { OpenWorkflow } from './workflow-file.ts';

export interface Session {
  readonly client: Client;
  /** Calls back with the use of the pool, which belongs to no run; ends with the session. */
  onPool(callback: (event: TuttiEvent) => void): void;
  /** Calls back when a metric of the pool is over its threshold, and when it is well again. Ends with the session. */
  onAlert(callback: (event: TuttiEvent) => void): void;
  /** Calls back with what nodes meet of the broker: a run that waits for it says nothing itself. Ends with the session. */
  onBroker(callback: (event: TuttiEvent) => void): void;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly workflow: OpenWorkflow;
  /** Files with agents beside those that the workflow names, relative to the working directory. */
  readonly agentFiles: readonly string[];
  readonly instances?: number | undefined;
  /** Takes the lines of the log. */
  readonly note: (text: string) => void;
}

const ID_CHARS = 48;

/** A new id: the workflow's name, so that a list of runs can be read, and enough chance to be alone. */
export const newRunId = (definition: WorkflowDefinition): string =>
  `${definition.id.slice(0, ID_CHARS)}-${randomBytes(5).toString('hex')}`;

/** With `--nats` a thin client; without it a whole cluster in this process, with the workflow's agents. */
export function openSession(cli: Cli, options: SessionOptions): Promise<Session> {
  if (cli.globals.nats === undefined) return openEmbedded(cli, options);
  if (options.agentFiles.length > 0) {
    throw new TuttiError(
      'bad_usage',
      'With --nats the agents run in processes of their own: `tutti agent start FILE --nats URL`',
    );
  }
  return openRemote(cli);
}

/** A thin client of the cluster behind `--nats`. */
export async function openRemote(cli: Cli): Promise<Session> {
  const bus = await connectBroker(cli, { name: 'tutti-cli', prepareStreams: false });
  return sessionOn(bus, cli.globals.prefix, () => bus.close());
}

export function sessionOn(bus: Bus, prefix: string, close: () => Promise<void>): Session {
  const subjects = createSubjects(prefix);
  const listen = (subject: string, callback: (event: TuttiEvent) => void): void => {
    bus.subscribe(subject, ({ data }) => {
      const event = tuttiEvent.safeParse(parseJson(data));
      if (event.success) callback(event.data);
    });
  };
  return {
    client: createClient({ bus, prefix }),
    onPool: (callback) => listen(subjects.of('poolEvent', { pool: '*', verb: 'usage' }), callback),
    onAlert(callback) {
      for (const verb of ['alert', 'well']) listen(subjects.of('poolEvent', { pool: '*', verb }), callback);
    },
    onBroker: (callback) => listen(subjects.all('brokerEvent'), callback),
    close,
  };
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return undefined;
  }
}

async function logTo(cli: Cli, note: (text: string) => void): Promise<Logger> {
  const { pinoLogger, silentLogger } = await import('@tutti/telemetry');
  const level = cli.globals.logLevel ?? 'silent';
  if (level === 'silent') return silentLogger;
  return pinoLogger({ level, name: 'tutti', destination: { write: (line) => note(line.trimEnd()) } });
}

async function openEmbedded(cli: Cli, options: SessionOptions): Promise<Session> {
  const { workflow, instances } = options;
  const { guardAgents } = await import('./guard-agents.ts');
  const guard = guardAgents(cli.io, options.note);
  const agents = await agentsFor(cli, options);
  const [{ startEmbedded }, log] = await Promise.all([import('@tutti/cluster'), logTo(cli, options.note)]);
  const embedded = await startEmbedded({
    agents,
    agentOptions: outputCacheOf(workflow.definition),
    pool: workflow.definition.pool,
    monitoring: monitoringOf(workflow.definition.policies),
    log,
    guard,
    ...(instances === undefined ? {} : { instances }),
  });
  return sessionOn(embedded.bus, 'tutti', () => embedded.stop());
}

function unknownAgent(
  { name, sources }: OpenWorkflow,
  { id, agent }: WorkflowStep,
  offered: ReadonlySet<string>,
): Finding {
  const place = sources?.steps.get(id) ?? { file: name, line: 1, col: 1 };
  const likely = didYouMean(agent, offered);
  const where = 'name a file that exports it under `agents:` in the workflow, or with --agents';
  const suggestion = likely === undefined ? where : `${likely} Otherwise ${where}`;
  return {
    code: 'unknown_agent',
    severity: 'error',
    ...place,
    message: `nobody offers the agent "${agent}"`,
    suggestion,
  };
}

/** Every agent that the workflow needs, or a refusal that names those nobody offers: nothing is to run half. */
async function agentsFor(cli: Cli, { workflow, agentFiles }: SessionOptions): Promise<readonly AgentDefinition[]> {
  const { definition, folder } = workflow;
  const [{ loadAgents }, { commandAgents }] = await Promise.all([
    import('./agent-modules.adapter.ts'),
    import('./command-agents.ts'),
  ]);
  const agents = [
    ...(await loadAgents(agentFiles, cli.io.cwd)),
    ...(await loadAgents(definition.agentModules, folder, cli.io.cwd)),
    ...commandAgents(definition, folder),
  ];
  const offered = new Set(agents.map((agent) => agent.name));
  const orphans = new Map<string, WorkflowStep>();
  for (const step of definition.steps) {
    const isRun = step.wait === undefined;
    if (isRun && !offered.has(step.agent) && !orphans.has(step.agent)) orphans.set(step.agent, step);
  }
  if (orphans.size === 0) return agents;
  const shown = [...orphans.values()].slice(0, WORKFLOW_LIMITS.findings);
  throw new BadFileError(
    workflow.name,
    shown.map((step) => unknownAgent(workflow, step, offered)),
  );
}
