/** What is said when a run is given to a cluster: what of its file does not hold there, and which of its agents nobody offers. */
import type { Client } from '@tutti/client';
import { type MessageOf, TuttiError } from '@tutti/contracts';
import { didYouMean } from '@tutti/planner';
import { poolNote } from './cluster-pool.ts';
import type { OpenWorkflow } from './workflow-file.ts';

/** Agents named; of more than these the rest is told when their steps wait. */
const MOST_AGENTS = 10;

type Asked = Pick<OpenWorkflow, 'name' | 'definition'>;
type State = Pick<MessageOf<'cluster.state'>, 'nodes' | 'instances'>;

/** Rejects `no_responders`; whatever else goes wrong is the submission's to tell. */
export async function submitNotes(client: Pick<Client, 'describe'>, workflow: Asked): Promise<readonly string[]> {
  const state = await client.describe().catch((error: unknown) => {
    // Nobody will answer the submission either: it need not be waited for.
    if (TuttiError.from(error).code === 'no_responders') throw error;
    return undefined;
  });
  return state === undefined ? [] : notesOf(workflow, state);
}

export function notesOf({ name, definition }: Asked, { nodes, instances }: State): readonly string[] {
  const holder = nodes.find(({ pool }) => pool?.holds === true)?.pool;
  const pool = holder === undefined ? undefined : poolNote(name, definition.pool, holder.spec);
  return [...(pool === undefined ? [] : [pool]), ...orphans({ name, definition }, instances)];
}

function orphans({ name, definition }: Asked, instances: State['instances']): readonly string[] {
  const offered = new Set(instances.map(({ role }) => role));
  const needed = new Set(definition.steps.filter(({ wait }) => wait === undefined).map(({ agent }) => agent));
  return [...needed]
    .filter((agent) => !offered.has(agent))
    .slice(0, MOST_AGENTS)
    .map((agent) => {
      // Which agents modules export is known only once they are loaded.
      const isHere = definition.agentModules.length > 0 || Object.hasOwn(definition.commands, agent);
      const from = isHere ? name : 'FILE';
      const [start, likely] = [`start one with \`tutti agent start ${from}\``, didYouMean(agent, offered)];
      const help = likely === undefined ? start : `${start}, or ${likely}`;
      return `tutti: no live instance offers the agent "${agent}": its steps wait until one does; ${help}`;
    });
}
