import {
  type AgentCache,
  type CommandAgent,
  type FileMappedStep,
  type Place,
  parseCommand,
  type WorkflowFile,
} from '@tutti/contracts';
import type { Path, StepDraft } from './draft.ts';
import type { FindingList } from './findings.ts';
import type { Locate } from './tree.ts';

/** The plain list or mapping of steps. */
export function draftSteps(file: WorkflowFile, locate: Locate, findings: FindingList): StepDraft[] {
  const listed = listSteps(file);
  const seen = new Set<string>();
  const drafts: StepDraft[] = [];
  for (const { id, keys, path } of listed) {
    if (seen.has(id)) findings.add('duplicate_id', locate(path), `two steps have the id "${id}"`);
    else drafts.push(draftStep(id, keys, path));
    checkAgent(id, keys, () => locate([...path, 'agent'], 'key'), findings);
    seen.add(id);
  }
  return drafts;
}

const isWait = ({ type = 'agent' }: FileMappedStep): boolean => type !== 'agent';

function checkAgent(id: string, keys: FileMappedStep, at: () => Place, findings: FindingList): void {
  if (!isWait(keys) || keys.agent === undefined) return;
  const message = `"${id}" is of type ${keys.type}: no agent runs it`;
  findings.add('ignored_key', at(), message, { severity: 'warning' });
}

function listSteps(file: WorkflowFile): { id: string; keys: FileMappedStep; path: Path }[] {
  if (file.steps === undefined) return [];
  if (!Array.isArray(file.steps)) {
    return Object.entries(file.steps).map(([id, keys]) => ({ id, keys: keys ?? {}, path: ['steps', id] }));
  }
  return file.steps.map(({ id, ...keys }, index) => ({ id, keys, path: ['steps', index] }));
}

function draftStep(id: string, keys: FileMappedStep, path: Path): StepDraft {
  const { agent: named, group, ...rest } = keys;
  const agent = isWait(keys) ? undefined : named;
  const command = agent?.startsWith('cmd:') === true ? { command: wordsOf(agent.slice(4)) } : undefined;
  return {
    id,
    agent: command === undefined ? (agent ?? id) : id,
    path,
    aliases: [],
    layers: [{ keys: rest, path, source: 'file' }],
    groupId: group,
    command,
  };
}

/** The schema has looked at the line before: one that cannot be split does not come here. */
function wordsOf(line: string): string[] {
  const parsed = parseCommand(line);
  return parsed.ok ? parsed.value : [];
}

/** The files of agents that the `agents` section names, each with its place. */
export function moduleFiles({ agents }: WorkflowFile): readonly { readonly path: string; readonly at: Path }[] {
  if (agents === undefined) return [];
  if (typeof agents === 'string') return [{ path: agents, at: ['agents'] }];
  return Object.entries(agents).flatMap(([key, path]) => {
    const item = Array.isArray(agents) ? Number(key) : key;
    return typeof path === 'string' ? [{ path, at: ['agents', item] }] : [];
  });
}

/** Programs as agents, and files of agents, from the `agents` section. */
export function readAgents(file: WorkflowFile): { commands: Record<string, CommandAgent>; modules: string[] } {
  const section = file.agents;
  if (section === undefined) return { commands: {}, modules: [] };
  if (typeof section === 'string') return { commands: {}, modules: [section] };
  if (Array.isArray(section)) return { commands: {}, modules: section };
  const commands: Record<string, CommandAgent> = {};
  const modules: string[] = [];
  for (const [name, agent] of Object.entries(section)) {
    if (typeof agent === 'string') modules.push(agent);
    else commands[name] = readCommand(agent);
  }
  return { commands, modules };
}

function readCommand(agent: {
  cmd: string | string[];
  timeout?: number | undefined;
  cwd?: string | undefined;
  env?: Record<string, string> | undefined;
  validates?: boolean | undefined;
  cache?: FileCache | undefined;
}): CommandAgent {
  return {
    command: typeof agent.cmd === 'string' ? wordsOf(agent.cmd) : agent.cmd,
    ...(agent.timeout === undefined ? {} : { timeoutMs: agent.timeout }),
    ...(agent.cwd === undefined ? {} : { cwd: agent.cwd }),
    ...(agent.env === undefined ? {} : { env: agent.env }),
    ...(agent.validates === undefined ? {} : { validates: agent.validates }),
    ...(agent.cache === undefined ? {} : { cache: cacheOf(agent.cache) }),
  };
}

type FileCache =
  | boolean
  | { readonly version?: string | number | undefined; readonly ttl?: number | 'session_lifetime' | undefined };

/** No time of its own: as long as the process lives. */
function cacheOf(cache: FileCache): AgentCache {
  if (typeof cache === 'boolean') return cache;
  const { version, ttl } = cache;
  return {
    ...(version === undefined ? {} : { version: String(version) }),
    ...(typeof ttl === 'number' ? { ttlMs: ttl } : {}),
  };
}
