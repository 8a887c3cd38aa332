/** What a look at a workflow file alone cannot find: its files of agents are code, and only `run` loads them. */
import type { WorkflowDefinition } from '@tutti/contracts';

export function unloadedAgents({ agentModules, commands, steps }: WorkflowDefinition): string | undefined {
  const unknown = new Set(steps.map(({ agent }) => agent).filter((agent) => !Object.hasOwn(commands, agent)));
  if (unknown.size === 0) return undefined;
  const files = agentModules.length === 0 ? 'no file of agents is named' : `${agentModules.join(', ')} was not loaded`;
  return `agents were not looked for (${files}): \`tutti run\` refuses a step whose agent nobody offers`;
}
