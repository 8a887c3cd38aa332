/** The agents that a process offers: those of modules, and those that workflow files name under `agents:`. */
import { extname, resolve } from 'node:path';
import type { AgentDefinition } from '@tutti/agent';
import { TuttiError } from '@tutti/contracts';
import { loadAgents } from './agent-modules.adapter.ts';
import { commandAgents } from './command-agents.ts';
import { openWorkflow } from './workflow-file.ts';

const WORKFLOWS: readonly string[] = ['.yaml', '.yml', '.json'];

interface Named {
  /** Paths of modules. */
  readonly modules: readonly string[];
  /** Programs, each with the file that names it. */
  readonly programs: readonly { readonly file: string; readonly agent: AgentDefinition }[];
}

async function namedBy(file: string, cwd: string): Promise<Named> {
  if (!WORKFLOWS.includes(extname(file))) return { modules: [resolve(cwd, file)], programs: [] };
  const { definition, folder, name } = await openWorkflow(file, cwd);
  const programs = commandAgents(definition, folder).map((agent) => ({ file: name, agent }));
  const modules = definition.agentModules.map((module) => resolve(folder, module));
  if (programs.length + modules.length > 0) return { modules, programs };
  const instead = 'name them under `agents:`, or give `tutti agent start` the modules that export them';
  throw new TuttiError('bad_agent_file', `${name} names no agents: ${instead}`);
}

/** Rejects with `bad_agent_file`, also when two files offer different agents of one name, or as the workflow file is refused. */
export async function offeredAgents(files: readonly string[], cwd: string): Promise<readonly AgentDefinition[]> {
  const named: Named[] = [];
  for (const file of files) named.push(await namedBy(file, cwd));
  const offered = [...(await loadAgents([...new Set(named.flatMap(({ modules }) => modules))], cwd))];
  for (const { file, agent } of named.flatMap(({ programs }) => programs)) {
    if (offered.some(({ name }) => name === agent.name)) {
      const what = `${file}: an agent named "${agent.name}" is offered by another file too; rename one of them`;
      throw new TuttiError('bad_agent_file', what);
    }
    offered.push(agent);
  }
  return offered;
}
