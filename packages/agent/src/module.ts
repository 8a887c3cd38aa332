/** Finds the agents that a loaded file exports. */
import { TuttiError } from '@tutti/contracts';
import { type AgentDefinition, isAgent } from './define.ts';

/** Exports named in a refusal; more would hide the message. */
const NAMED_EXPORTS = 20;

/**
 * The agents among a module's exports: named ones, the default one, and lists of them.
 * @throws TuttiError `bad_agent_file` when there is none, or when two different agents have one name.
 */
export function agentsOf(module: object, file = 'the file'): readonly AgentDefinition[] {
  const found = new Map<string, { agent: AgentDefinition; as: string }>();
  for (const [as, value] of Object.entries(module)) {
    for (const agent of (Array.isArray(value) ? value : [value]).filter(isAgent)) {
      const first = found.get(agent.name);
      if (first === undefined) found.set(agent.name, { agent, as });
      else if (first.agent !== agent) throw twice(file, agent.name, first.as, as);
    }
  }
  if (found.size === 0) throw none(file, module);
  return [...found.values()].map(({ agent }) => agent);
}

function twice(file: string, name: string, first: string, second: string): TuttiError {
  return new TuttiError(
    'bad_agent_file',
    `${file} exports two different agents named "${name}" (as \`${first}\` and \`${second}\`); rename one of them`,
    { details: { file, name, exports: [first, second] } },
  );
}

function none(file: string, module: object): TuttiError {
  const exports = Object.entries(module)
    .slice(0, NAMED_EXPORTS)
    .map(([name, value]) => `${name} (${Array.isArray(value) ? 'array' : typeof value})`);
  const what = exports.length === 0 ? 'nothing' : exports.join(', ');
  return new TuttiError(
    'bad_agent_file',
    `${file} exports no agent: it exports ${what}. Write \`export default defineAgent({ name, run })\``,
    { details: { file, exports } },
  );
}
