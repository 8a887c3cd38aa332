import type { CommandAgent, FileMappedStep, WorkflowFile } from '@tutti/contracts';
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
    seen.add(id);
  }
  return drafts;
}

function listSteps(file: WorkflowFile): { id: string; keys: FileMappedStep; path: Path }[] {
  if (file.steps === undefined) return [];
  if (!Array.isArray(file.steps)) {
    return Object.entries(file.steps).map(([id, keys]) => ({ id, keys: keys ?? {}, path: ['steps', id] }));
  }
  return file.steps.map(({ id, ...keys }, index) => ({ id, keys, path: ['steps', index] }));
}

function draftStep(id: string, keys: FileMappedStep, path: Path): StepDraft {
  const { agent, group, ...rest } = keys;
  const command = agent?.startsWith('cmd:') === true ? { command: splitWords(agent.slice(4)) } : undefined;
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

const WORD = /"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']+)/g;

/** Splits a command line at blanks; quotes keep a word together. There is no shell, so nothing else is special. */
export const splitWords = (line: string): string[] =>
  [...line.matchAll(WORD)].map(([, double, single, plain]) => double?.replace(/\\(.)/g, '$1') ?? single ?? plain ?? '');

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
}): CommandAgent {
  return {
    command: typeof agent.cmd === 'string' ? splitWords(agent.cmd) : agent.cmd,
    ...(agent.timeout === undefined ? {} : { timeoutMs: agent.timeout }),
    ...(agent.cwd === undefined ? {} : { cwd: agent.cwd }),
    ...(agent.env === undefined ? {} : { env: agent.env }),
  };
}
