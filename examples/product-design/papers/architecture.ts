import { z } from 'zod';
import { ACTION_KINDS, type KindName } from '../idea/action-kinds.ts';
import { CONCERNS, type Concern } from '../idea/concerns.ts';
import { fillPath } from '../idea/fill.ts';
import { platformOf } from '../idea/platforms.ts';
import { isPeople } from '../idea/word-lists.ts';
import { capital, plural, slug, unique } from '../idea/words.ts';
import type { Brief } from './brief.ts';
import type { Requirements } from './requirements.ts';

const endpoint = z.object({
  id: z.string(),
  method: z.string(),
  path: z.string(),
  summary: z.string(),
  stories: z.array(z.string()),
  success: z.number(),
  errors: z.array(z.number()),
});

export const architectureOutput = z.object({
  system_architecture: z.object({
    style: z.string(),
    approach: z.enum(['mobile_first', 'desktop_primary', 'text_first']),
    components: z.array(z.object({ name: z.string(), duty: z.string(), uses: z.array(z.string()) })),
    tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
    decisions: z.array(z.object({ id: z.string(), decision: z.string(), because: z.string() })),
  }),
  technology_stack: z.array(
    z.object({ layer: z.string(), choice: z.string(), reason: z.string(), instead: z.string() }),
  ),
  api_specifications: z.object({ base: z.string(), endpoints: z.array(endpoint).min(1) }),
});
export type Architecture = z.infer<typeof architectureOutput>;
type Endpoint = z.infer<typeof endpoint>;

export interface ArchitectureInput {
  readonly idea: string;
  readonly functional_requirements: Requirements['functional_requirements'];
  readonly non_functional_requirements: Requirements['non_functional_requirements'];
  readonly technical_constraints: Brief['technical_constraints'];
}

/** The architect's part: modules, tables, endpoints and choices, each with its reason. */
export function writeArchitecture(input: ArchitectureInput): Architecture {
  // A concern reaches the architect by its constraint or by its requirement, not by reading the idea once more.
  const named = new Set([
    ...input.technical_constraints.map(({ from }) => from),
    ...input.non_functional_requirements.map(({ category }) => category),
  ]);
  const concerns = CONCERNS.filter(({ name }) => named.has(name));
  const platform = platformOf(input.idea);
  const endpoints = endpointsOf(input.functional_requirements);
  return {
    system_architecture: {
      style: `One server of modules with a clear border each, one database, one ${platform.name} in front`,
      approach: platform.approach,
      components: componentsOf(platform.name, input.functional_requirements, concerns),
      tables: tablesOf(input.functional_requirements),
      decisions: decisionsOf(concerns, input.technical_constraints),
    },
    technology_stack: [
      { layer: 'Client', ...platform.client },
      {
        layer: 'Server',
        choice: 'Node.js with TypeScript and Fastify',
        reason: 'one language on both sides',
        instead: 'Go, Kotlin',
      },
      {
        layer: 'Database',
        choice: 'PostgreSQL',
        reason: 'constraints, search and JSON in one place',
        instead: 'SQLite while there is one server',
      },
      ...concerns.map(({ choice }) => choice),
      {
        layer: 'Hosting',
        choice: 'two small machines behind one balancer',
        reason: 'a new version without a gap',
        instead: 'a platform that builds from git',
      },
    ],
    api_specifications: { base: '/api/v1', endpoints },
  };
}

function endpointsOf(requirements: ArchitectureInput['functional_requirements']): Endpoint[] {
  const byCall = new Map<string, Endpoint>();
  for (const { action, text, story } of requirements) {
    const { endpoint: wanted } = ACTION_KINDS[action.kind];
    const path = fillPath(wanted.path, action);
    const call = `${wanted.method} ${path}`;
    const errors = [401, ...(wanted.method === 'GET' ? [] : [409, 422]), ...(path.includes('{id}') ? [404] : [])];
    const made = byCall.get(call) ?? {
      id: '',
      method: wanted.method,
      path,
      summary: text,
      stories: [],
      success: wanted.status,
      errors,
    };
    made.stories.push(story);
    byCall.set(call, made);
  }
  return [...byCall.values()].map((made, index) => ({ ...made, id: `API-${index + 1}` }));
}

/** Which concerns' parts a module needs for what people do with its things. */
const PARTS_FOR: Readonly<Partial<Record<KindName, readonly string[]>>> = {
  find: ['place', 'numbers'],
  create: ['media', 'offline', 'public-content'],
  schedule: ['time'],
  trade: ['payment'],
  talk: ['messages', 'children'],
  judge: ['public-content'],
  follow: ['devices', 'health', 'numbers'],
};

/** People are accounts; everything else has a module of its own. */
const moduleOf = (entity: string): string =>
  isPeople(plural(entity)) ? 'Accounts' : `${capital(plural(entity))} module`;

function componentsOf(
  client: string,
  requirements: ArchitectureInput['functional_requirements'],
  concerns: readonly Concern[],
): Architecture['system_architecture']['components'] {
  const actions = requirements.map(({ action }) => action);
  const names = [...new Set(actions.map(({ entity }) => moduleOf(entity)))].filter((name) => name !== 'Accounts');
  const modules = names.map((name) => {
    const own = actions.filter(({ entity }) => moduleOf(entity) === name);
    const wanted = own.flatMap(({ kind }) => PARTS_FOR[kind] ?? []);
    const parts = concerns.filter(({ id }) => wanted.includes(id)).map(({ part }) => part.name);
    const duty = `owns its data: ${[...new Set(own.map(({ verb, object }) => `${verb} ${object}`))].join(', ')}`;
    return { name, duty, uses: ['Database', ...parts] };
  });
  const used = modules.flatMap(({ uses }) => uses);
  const free = concerns.map(({ part }) => part.name).filter((name) => !used.includes(name));
  return [
    { name: capital(client), duty: 'shows the screens, keeps drafts', uses: ['API'] },
    { name: 'API', duty: 'checks who asks and what, hands on to one module', uses: ['Accounts', ...names, ...free] },
    { name: 'Accounts', duty: 'sign-in by e-mail link or passkey, roles, export, deletion', uses: ['Database'] },
    ...modules,
    ...concerns.map(({ part }) => ({ name: part.name, duty: part.duty, uses: ['Database'] })),
    { name: 'Database', duty: 'holds what is true', uses: [] },
  ];
}

const ID = 'id uuid primary key';
const CREATED = 'created_at timestamptz not null default now()';
const OWNER = 'owner_id uuid not null references accounts(id)';

/** One table per thing; what is known of people stands in `accounts`. A column that two kinds need is there once. */
function tablesOf(
  requirements: ArchitectureInput['functional_requirements'],
): Architecture['system_architecture']['tables'] {
  const columns = new Map([['accounts', [ID, 'email text unique not null', 'role text not null', CREATED]]]);
  for (const { action } of requirements) {
    const many = plural(action.entity);
    const name = isPeople(many) ? 'accounts' : slug(many, '_');
    columns.set(name, [...(columns.get(name) ?? [ID, OWNER, CREATED]), ...ACTION_KINDS[action.kind].columns]);
  }
  const nameOf = (column: string): string => column.split(' ')[0] ?? column;
  return [...columns].map(([name, all]) => ({ name, columns: unique(all, nameOf) }));
}

function decisionsOf(concerns: readonly Concern[], constraints: ArchitectureInput['technical_constraints']) {
  const general = [
    {
      decision: 'One deployable server, cut into modules that call each other only by their interfaces',
      because: 'a small team, and borders that can become services later',
    },
    {
      decision: 'Every change of state carries an idempotency key',
      because: 'networks break between doing and answering',
    },
  ];
  const own = concerns.map(({ choice, name }) => ({
    decision: `${choice.choice} for ${name.toLowerCase()}, not ${choice.instead}`,
    because: `${choice.reason} (${constraints.find(({ from }) => from === name)?.id ?? 'no constraint named'})`,
  }));
  return [...general, ...own].map((row, index) => ({ id: `D-${index + 1}`, ...row }));
}
