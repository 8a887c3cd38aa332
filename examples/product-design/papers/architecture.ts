import { z } from 'zod';
import { ACTION_KINDS } from '../idea/action-kinds.ts';
import { CONCERNS, type Concern } from '../idea/concerns.ts';
import { fillPath } from '../idea/fill.ts';
import { platformOf } from '../idea/platforms.ts';
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

const moduleName = (entity: string): string => `${capital(plural(entity))} module`;

function componentsOf(
  client: string,
  requirements: ArchitectureInput['functional_requirements'],
  concerns: readonly Concern[],
) {
  const entities = [...new Set(requirements.map(({ action }) => action.entity))];
  const modules = entities.map((entity) => {
    const verbs = [
      ...new Set(requirements.filter(({ action }) => action.entity === entity).map(({ action }) => action.verb)),
    ];
    return {
      name: moduleName(entity),
      duty: `owns ${plural(entity)}: ${verbs.join(', ')}`,
      uses: ['Database', ...concerns.map(({ part }) => part.name).slice(0, 2)],
    };
  });
  return [
    { name: capital(client), duty: 'shows the screens, keeps drafts', uses: ['API'] },
    {
      name: 'API',
      duty: 'checks who asks and what, hands on to one module',
      uses: ['Accounts', ...modules.map(({ name }) => name)],
    },
    { name: 'Accounts', duty: 'sign-in by e-mail link or passkey, roles, export, deletion', uses: ['Database'] },
    ...modules,
    ...concerns.map(({ part }) => ({ name: part.name, duty: part.duty, uses: ['Database'] })),
    { name: 'Database', duty: 'holds what is true', uses: [] },
  ];
}

function tablesOf(
  requirements: ArchitectureInput['functional_requirements'],
): Architecture['system_architecture']['tables'] {
  const entities = [...new Set(requirements.map(({ action }) => action.entity))];
  const tables = entities.map((entity) => {
    const kinds = requirements
      .filter(({ action }) => action.entity === entity)
      .map(({ action }) => ACTION_KINDS[action.kind]);
    const columns = [
      'id uuid primary key',
      'owner_id uuid not null references accounts(id)',
      'created_at timestamptz not null default now()',
    ];
    return {
      name: slug(plural(entity), '_'),
      columns: unique(
        [...columns, ...kinds.flatMap(({ columns: own }) => own)],
        (column) => column.split(' ')[0] ?? column,
      ),
    };
  });
  const accounts = {
    name: 'accounts',
    columns: [
      'id uuid primary key',
      'email text unique not null',
      'role text not null',
      'created_at timestamptz not null default now()',
    ],
  };
  return [accounts, ...unique(tables, ({ name }) => name).filter(({ name }) => name !== 'accounts')];
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
