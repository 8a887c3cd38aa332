import { z } from 'zod';
import { ACTION_KINDS, JOURNEY_RANK } from '../idea/action-kinds.ts';
import { fill } from '../idea/fill.ts';
import { platformOf } from '../idea/platforms.ts';
import { capital } from '../idea/words.ts';
import type { Requirements, Story } from './requirements.ts';

export const experienceOutput = z.object({
  ui_spec: z.object({
    approach: z.enum(['mobile_first', 'desktop_primary', 'text_first']),
    principles: z.array(z.string()),
    screens: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        purpose: z.string(),
        stories: z.array(z.string()),
        parts: z.array(z.string()),
        states: z.array(z.string()),
      }),
    ),
  }),
  user_journeys: z.array(z.object({ persona: z.string(), goal: z.string(), steps: z.array(z.string()) })),
  component_specifications: z.array(
    z.object({ name: z.string(), used_on: z.array(z.string()), states: z.array(z.string()), access: z.string() }),
  ),
});
export type Experience = z.infer<typeof experienceOutput>;
type Screen = Experience['ui_spec']['screens'][number];

const PRINCIPLES = {
  mobile_first: 'Designed for one thumb and 360 px first; wider screens get more columns, not more steps.',
  desktop_primary: 'Designed for keyboard and a wide window first; every action has a shortcut.',
  text_first: 'Designed as text first: every answer can be read aloud, piped or copied.',
} as const;

const FORM_STATES = ['empty', 'filled in', 'sending', 'refused with reasons', 'done'];
const VIEW_STATES = ['loading', 'empty', 'filled', 'without network', 'not allowed'];

/** How a part is used without eyes or without a mouse. */
const ACCESS: readonly (readonly [RegExp, string])[] = [
  [/button|action/, 'reachable by Tab, named by its verb, 44 px high'],
  [/field|picker|control|calendar|slot/, 'has a visible label, errors are tied to it and read out'],
  [/list|card|chart|history|results?/, 'has a heading and a text form, order is that of the screen'],
  [/progress|notice|mark|hint/, 'is announced politely, never by colour alone'],
];

/** The designer's part: screens, journeys and components, all traced to stories. */
export function writeExperience(
  idea: string,
  { user_stories, user_personas }: Pick<Requirements, 'user_stories' | 'user_personas'>,
): Experience {
  const { approach } = platformOf(idea);
  const screens = screensOf(user_stories);
  return {
    ui_spec: {
      approach,
      principles: [
        PRINCIPLES[approach],
        'Nothing is lost: drafts are kept, and removing can be undone.',
        'Say what will happen before it happens: conditions and costs stand above the button, not behind it.',
        'Empty screens say what would be here and how to begin.',
      ],
      screens,
    },
    user_journeys: user_personas.map(({ id, name, goal, role }) =>
      journeyOf(id, `${name}: ${goal}`, role, user_stories),
    ),
    component_specifications: componentsOf(screens),
  };
}

function screensOf(stories: readonly Story[]): Screen[] {
  const byTitle = new Map<string, Screen>();
  const start = screen('Start', 'Shows what is new and where to go on.', 'list', [
    'greeting',
    'next-step card',
    'navigation bar',
  ]);
  for (const { id, action, text } of stories) {
    const { screen: wanted } = ACTION_KINDS[action.kind];
    const title = capital(fill(wanted.title, action));
    const made = byTitle.get(title) ?? screen(title, text.replace(/^.*?I want to /, 'To '), wanted.form, wanted.parts);
    made.stories.push(id);
    byTitle.set(title, made);
  }
  const account = screen('Account', 'Own data, export, deletion, notices.', 'form', [
    'labelled field',
    'primary button',
    'export action',
  ]);
  return [start, ...byTitle.values(), account].map((item, index) => ({ ...item, id: `S-${index + 1}` }));
}

function screen(title: string, purpose: string, form: 'form' | 'list' | 'detail', parts: readonly string[]): Screen {
  const states = form === 'form' ? FORM_STATES : VIEW_STATES;
  return { id: '', title, purpose, stories: [], parts: [...parts], states: [...states] };
}

function journeyOf(
  persona: string,
  goal: string,
  role: string,
  stories: readonly Story[],
): Experience['user_journeys'][number] {
  const own = stories.filter(({ action }) => action.actor === role);
  const inOrder = own.toSorted((a, b) => JOURNEY_RANK[a.action.kind] - JOURNEY_RANK[b.action.kind]);
  const steps = inOrder.map(({ id, action }) => `${capital(action.verb)} ${action.object} (${id})`);
  return {
    persona,
    goal,
    steps: ['Arrives by invitation and signs up', ...steps, 'Comes back by a notice they asked for'],
  };
}

function componentsOf(screens: readonly Screen[]): Experience['component_specifications'] {
  const names = [...new Set(screens.flatMap(({ parts }) => parts))];
  return names.map((name) => ({
    name,
    used_on: screens.filter(({ parts }) => parts.includes(name)).map(({ id }) => id),
    states: /button|action|field|control|picker/.test(name)
      ? ['rest', 'focus', 'disabled', 'error']
      : ['loading', 'filled', 'empty'],
    access: ACCESS.find(([words]) => words.test(name))?.[1] ?? 'has a text form and a place in the reading order',
  }));
}
