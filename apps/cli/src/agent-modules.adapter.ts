/** Loads the files that export agents, TypeScript or JavaScript, from anywhere on the disk. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AgentDefinition, agentsOf } from '@tutti/agent';
import { TuttiError } from '@tutti/contracts';

/** The loader of the program's own folder; a `.ts` file of a user cannot be imported without it. */
const SOURCE_HOOK = new URL('../bin/source-hook.js', import.meta.url).href;

interface SourceHook {
  register(options: { readonly source: boolean }): Promise<void>;
}

async function load(path: string, name: string): Promise<object> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new TuttiError('bad_agent_file', `Cannot load agents from ${name}: there is no such file`);
  try {
    // Registers once a process; where the program itself runs from source, it has been done.
    const hook = (await import(SOURCE_HOOK)) as SourceHook;
    await hook.register({ source: false });
    return (await import(pathToFileURL(path).href)) as object;
  } catch (cause) {
    if (cause instanceof TuttiError) throw cause;
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new TuttiError('bad_agent_file', `Cannot load agents from ${name}: ${why}`, { cause });
  }
}

/**
 * The agents of files, in the order given; `folder` is what relative names are relative to. Rejects with
 * `bad_agent_file`, also when two files export different agents of one name.
 */
export async function loadAgents(files: readonly string[], folder: string): Promise<readonly AgentDefinition[]> {
  const from = new Map<string, string>();
  const agents: AgentDefinition[] = [];
  for (const name of files) {
    for (const agent of agentsOf(await load(resolve(folder, name), name), name)) {
      const other = from.get(agent.name);
      if (other !== undefined) {
        throw new TuttiError('bad_agent_file', `Both ${other} and ${name} export an agent named "${agent.name}"`);
      }
      from.set(agent.name, name);
      agents.push(agent);
    }
  }
  return agents;
}
