import { z } from 'zod';
import { ACTION_KINDS } from '../idea/action-kinds.ts';
import { fill } from '../idea/fill.ts';
import type { Architecture } from './architecture.ts';
import type { Experience } from './experience.ts';
import type { Story } from './requirements.ts';

const task = z.object({
  id: z.string(),
  title: z.string(),
  layer: z.enum(['foundation', 'server', 'client']),
  stories: z.array(z.string()),
  depends_on: z.array(z.string()),
  days: z.number(),
  priority: z.enum(['must', 'should', 'could']),
});

export const implementationOutput = z.object({
  implementation_plan: z.object({
    milestones: z.array(z.object({ name: z.string(), tasks: z.array(z.string()), days: z.number() })),
    total_days: z.number(),
    /** With one person on the server and one on the client. */
    shortest_days: z.number(),
    /** What was not there when this was written. */
    assumptions: z.array(z.string()),
  }),
  tasks: z.array(task).min(1),
  schema_sql: z.string(),
  repository_layout: z.array(z.string()),
});
export type Implementation = z.infer<typeof implementationOutput>;
type Task = z.infer<typeof task>;

export interface ImplementationInput {
  readonly user_stories: readonly Story[];
  /** Absent when the designer gave no result: the run may go on with one of the two. */
  readonly ui_spec?: Experience['ui_spec'] | undefined;
  readonly system_architecture?: Architecture['system_architecture'] | undefined;
  readonly api_specifications?: Architecture['api_specifications'] | undefined;
}

const FOUNDATION: readonly (readonly [string, number])[] = [
  ['Repository, build, checks on every push', 1],
  ['Database with migrations and rehearsed restore', 2],
  ['Accounts: sign in, roles, export, deletion', 4],
];

/** The developer's part: tasks in an order that works, effort, schema, layout. */
export function writeImplementation(input: ImplementationInput): Implementation {
  const tasks = tasksOf(input);
  const sum = (chosen: readonly Task[]): number => chosen.reduce((days, { days: own }) => days + own, 0);
  const milestones = (['must', 'should', 'could'] as const).flatMap((priority) => {
    const chosen = tasks.filter((item) => item.priority === priority);
    return chosen.length === 0
      ? []
      : [{ name: `Everything that is a "${priority}"`, tasks: chosen.map(({ id }) => id), days: sum(chosen) }];
  });
  return {
    implementation_plan: {
      milestones,
      total_days: sum(tasks),
      shortest_days: twoPeople(tasks),
      assumptions: assumptionsOf(input),
    },
    tasks,
    schema_sql: schemaOf(input.system_architecture?.tables ?? []),
    repository_layout: layoutOf(input),
  };
}

function tasksOf({ user_stories, ui_spec, api_specifications }: ImplementationInput): Task[] {
  const tasks: Task[] = [];
  const add = (row: Omit<Task, 'id'>): string => {
    const id = `T-${tasks.length + 1}`;
    tasks.push({ id, ...row });
    return id;
  };
  let base: string[] = [];
  for (const [title, days] of FOUNDATION) {
    base = [add({ title, layer: 'foundation', stories: [], depends_on: base, days, priority: 'must' })];
  }
  for (const { id: story, action, priority } of user_stories) {
    const kind = ACTION_KINDS[action.kind];
    const call = api_specifications?.endpoints.find(({ stories }) => stories.includes(story));
    const view = ui_spec?.screens.find(({ stories }) => stories.includes(story));
    const title =
      call === undefined
        ? fill('Server side of: {v} {o}', action)
        : `${call.method} ${call.path}, tested against its errors`;
    const server = add({ title, layer: 'server', stories: [story], depends_on: base, days: kind.days[0], priority });
    const shown =
      view === undefined ? fill('Client side of: {v} {o}', action) : `Screen "${view.title}" with all its states`;
    add({ title: shown, layer: 'client', stories: [story], depends_on: [server], days: kind.days[1], priority });
  }
  return tasks;
}

/** Days until the last task when one person does the server and one the client, each in the order of the list. */
function twoPeople(tasks: readonly Task[]): number {
  const done = new Map<string, number>();
  const free = { server: 0, client: 0 };
  for (const { id, layer, days, depends_on } of tasks) {
    const person = layer === 'client' ? 'client' : 'server';
    const start = Math.max(free[person], ...depends_on.map((needed) => done.get(needed) ?? 0));
    free[person] = start + days;
    done.set(id, start + days);
  }
  return Math.max(free.server, free.client);
}

function assumptionsOf({ ui_spec, system_architecture, api_specifications }: ImplementationInput): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [ui_spec === undefined, 'There was no design when this was written: client tasks are named by their stories.'],
    [
      system_architecture === undefined || api_specifications === undefined,
      'There was no architecture when this was written: server tasks are named by their stories, and there is no schema.',
    ],
    [
      ui_spec !== undefined && system_architecture !== undefined && ui_spec.approach !== system_architecture.approach,
      `Design (${ui_spec?.approach}) and architecture (${system_architecture?.approach}) start from different screens; settle this first.`,
    ],
    [true, 'Days are of one developer who knows the stack, tests included; holidays and waiting are not.'],
  ];
  return rules.filter(([holds]) => holds).map(([, text]) => text);
}

function schemaOf(tables: Architecture['system_architecture']['tables']): string {
  return tables
    .map(({ name, columns }) => `create table ${quoteName(name)} (\n  ${columns.join(',\n  ')}\n);`)
    .join('\n\n');
}

/** Quoted, because a table may be called `orders` or `höhen`; a slug holds no quote. */
const quoteName = (name: string): string => `"${name}"`;

function layoutOf({ system_architecture, ui_spec }: ImplementationInput): string[] {
  const modules =
    system_architecture?.tables.map(({ name }) => `server/modules/${name}/   routes, rules, queries, tests`) ?? [];
  const screens =
    ui_spec?.screens.map(({ title }) => `client/screens/${title.toLowerCase().replaceAll(' ', '-')}/`) ?? [];
  return [
    'server/api/   checks and routing',
    ...modules,
    'server/migrations/',
    ...screens,
    'client/components/',
    'contracts/   OpenAPI, shared types',
    'tests/   whole stories',
  ];
}
