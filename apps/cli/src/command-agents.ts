/** The agents of a workflow that are programs (`cmd:`). */
import { resolve } from 'node:path';
import { type AgentDefinition, commandAgent } from '@tutti/agent';
import type { WorkflowDefinition } from '@tutti/contracts';

/** `folder` is the workflow file's: a program's working directory is relative to it, as every path of the file is. */
export function commandAgents(definition: WorkflowDefinition, folder: string): readonly AgentDefinition[] {
  return Object.entries(definition.commands).map(([name, { cwd, ...rest }]) =>
    commandAgent(name, { ...rest, cwd: resolve(folder, cwd ?? '.') }),
  );
}
