/** Loads the files that export agents, TypeScript or JavaScript, from anywhere on the disk. */
import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AgentDefinition, agentsOf, placeOf } from '@tutti/agent';
import { TuttiError } from '@tutti/contracts';
import { nameOf } from './workflow-file.ts';

/** The loader of the program's own folder; a `.ts` file of a user cannot be imported without it. */
const SOURCE_HOOK = new URL('../bin/source-hook.js', import.meta.url).href;

interface SourceHook {
  register(options: { readonly source: boolean }): Promise<void>;
}

async function load(path: string, shown: string, cwd: string): Promise<object> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new TuttiError('bad_agent_file', `${shown}: there is no such file of agents`);
  assertModule(path, shown);
  try {
    // Registers once a process; where the program itself runs from source, it has been done.
    const hook = (await import(SOURCE_HOOK)) as SourceHook;
    await hook.register({ source: false });
    return (await import(pathToFileURL(path).href)) as object;
  } catch (cause) {
    throw cause instanceof TuttiError ? cause : refusal(shown, cwd, cause);
  }
}

/** What can be imported; a name without an ending is left to Node. */
const MODULES: readonly string[] = ['', '.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx'];

function assertModule(path: string, shown: string): void {
  const ending = extname(path);
  if (MODULES.includes(ending)) return;
  const modules = 'a file of agents is a module (.ts, .js, .mjs)';
  const offered =
    '`tutti agent start` also takes a workflow file (.yaml, .yml, .json) and offers what its `agents:` names';
  throw new TuttiError(
    'bad_agent_file',
    `${shown}: nothing is known of agents in a "${ending}" file: ${modules}; ${offered}`,
  );
}

/** How the translator of TypeScript tells a syntax error; its columns begin with 0. */
const SYNTAX = /^(.*):(\d+):(\d+): ERROR: (.*)$/m;

/** What a file ended with when it was loaded, at its place. */
function refusal(shown: string, cwd: string, cause: unknown): TuttiError {
  const { name = 'Error', message = String(cause) } = cause instanceof Error ? cause : {};
  const [, file, line, col, text] = SYNTAX.exec(message) ?? [];
  // The translator's own stack says nothing to an author.
  if (file !== undefined) {
    const where = `${nameOf(file, cwd)}:${line}:${Number(col) + 1}`;
    return new TuttiError('bad_agent_file', `${where}: syntax error: ${text}`);
  }
  const place = placeOf(cause);
  const where = place === undefined ? shown : nameOf(place, cwd);
  return new TuttiError('bad_agent_file', `${where}: ${name}: ${message}`, { cause });
}

/**
 * The agents of files, in the order given; `folder` is what relative names are relative to, `cwd` what the names in
 * messages are. Rejects with `bad_agent_file`, also when two files export different agents of one name.
 */
export async function loadAgents(
  files: readonly string[],
  folder: string,
  cwd: string = folder,
): Promise<readonly AgentDefinition[]> {
  const from = new Map<string, string>();
  const agents: AgentDefinition[] = [];
  for (const file of files) {
    const path = resolve(folder, file);
    const name = nameOf(path, cwd);
    for (const agent of agentsOf(await load(path, name, cwd), name)) {
      const other = from.get(agent.name);
      if (other !== undefined) {
        const what = `${name}: an agent named "${agent.name}" is exported by ${other} too; rename one of them`;
        throw new TuttiError('bad_agent_file', what);
      }
      from.set(agent.name, name);
      agents.push(agent);
    }
  }
  return agents;
}
