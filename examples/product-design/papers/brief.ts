import { z } from 'zod';
import { KIND_OF_VERB, type KindName } from '../idea/action-kinds.ts';
import { concernsById } from '../idea/concerns.ts';
import type { Idea } from '../idea/understand.ts';
import { capital, enumerate } from '../idea/words.ts';

const kind = z.custom<KindName>(
  (name) => [...KIND_OF_VERB.values()].includes(name as KindName),
  'is no kind of action',
);

export const action = z.object({
  verb: z.string(),
  kind,
  actor: z.string(),
  object: z.string(),
  entity: z.string(),
});

export const briefOutput = z.object({
  project_brief: z.object({
    title: z.string(),
    idea: z.string(),
    platform: z.enum(['mobile', 'web', 'desktop', 'terminal', 'service', 'bot']),
    platform_name: z.string(),
    actions: z.array(action).min(1),
    entities: z.array(z.string()).min(1),
    concerns: z.array(z.string()),
    /** The idea named no action that the rules know. */
    guessed: z.boolean(),
    problem: z.string(),
    risks: z.array(z.object({ id: z.string(), text: z.string(), from: z.string() })),
    out_of_scope: z.array(z.string()),
    questions: z.array(z.string()),
  }),
  target_users: z
    .array(z.object({ id: z.string(), name: z.string(), goal: z.string(), does: z.array(z.string()) }))
    .min(1),
  technical_constraints: z.array(z.object({ id: z.string(), text: z.string(), from: z.string() })),
});
export type Brief = z.infer<typeof briefOutput>;

/** Holds for every product with accounts. */
const ALWAYS: readonly (readonly [string, string])[] = [
  [
    'Personal data is kept to what a story needs, can be exported and deleted by its owner (GDPR art. 15 to 20).',
    'accounts',
  ],
  ['The two newest versions of each platform are supported, nothing older.', 'platform'],
  ['One team of two to four people builds and runs it: nothing that needs an operator at night.', 'team'],
];

/** The analyst's part: what the idea says, who it is for, what it brings with it. */
export function writeBrief(idea: Idea): Brief {
  const concerns = concernsById(idea.concerns);
  const constraints = [...concerns.map(({ constraint, name }) => [constraint, name] as const), ...ALWAYS];
  return {
    project_brief: {
      title: idea.title,
      idea: idea.text,
      platform: idea.platform,
      platform_name: idea.platformName,
      actions: [...idea.actions],
      entities: [...idea.entities],
      concerns: [...idea.concerns],
      guessed: idea.guessed,
      problem: problemOf(idea),
      risks: concerns.map(({ risk, name }, index) => ({ id: `R-${index + 1}`, text: risk, from: name })),
      out_of_scope: outOfScope(idea),
      questions: questionsOf(idea),
    },
    target_users: idea.actors.map((name, index) => userOf(idea, name, index)),
    technical_constraints: constraints.map(([text, from], index) => ({ id: `C-${index + 1}`, text, from })),
  };
}

function problemOf({ actors, actions, platformName }: Idea): string {
  const things = enumerate([...new Set(actions.map(({ object }) => object))].slice(0, 4));
  const people = capital(enumerate(actors.slice(0, 3)));
  return `${people} deal with ${things} today by word of mouth, lists and several apps. One ${platformName} should carry it from the first step to the last.`;
}

function userOf({ actions }: Idea, name: string, index: number): Brief['target_users'][number] {
  const own = actions.filter(({ actor }) => actor === name);
  const does = own.map(({ verb, object }) => `${verb} ${object}`);
  const goal = own.length === 0 ? 'be part of it without more effort than today' : `${enumerate(does.slice(0, 3))}`;
  return { id: `U-${index + 1}`, name, goal, does };
}

function outOfScope({ platform, concerns }: Idea): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [platform === 'mobile', 'A full web version; a page that explains the app is enough.'],
    [platform === 'web', 'Apps in the stores; the pages work on a phone.'],
    [!concerns.includes('payment'), 'Money: nothing is sold or paid inside the product.'],
    [!concerns.includes('messages'), 'A messenger: people have one already.'],
    [true, 'More than one language in the first version; texts are kept apart from the code.'],
  ];
  return rules.filter(([holds]) => holds).map(([, text]) => text);
}

function questionsOf({ guessed, actors, actions, concerns }: Idea): string[] {
  const idle = actors.filter((name) => !actions.some(({ actor }) => actor === name));
  const rules: readonly (readonly [boolean, string])[] = [
    [guessed, 'What exactly can people do with it? The idea names no action that the rules of this example know.'],
    [actors.includes('users'), 'Who is it for? The idea names nobody.'],
    [idle.length > 0, `What do ${enumerate(idle)} do in it themselves?`],
    [concerns.includes('payment'), 'Who is the merchant, and who is liable when something goes wrong?'],
    [concerns.includes('public-content'), 'Who decides about reported content in the first months?'],
    [true, 'How do the first hundred people come, and what do they find when there is nobody else yet?'],
  ];
  return rules.filter(([holds]) => holds).map(([, text]) => text);
}
