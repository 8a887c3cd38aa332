import { z } from 'zod';
import { ACTION_KINDS, IMPLIED, IMPLYING } from '../idea/action-kinds.ts';
import { concernsById } from '../idea/concerns.ts';
import { fill } from '../idea/fill.ts';
import { isListed } from '../idea/word-lists.ts';
import { capital, plural, singular, unique } from '../idea/words.ts';
import { action, type Brief } from './brief.ts';

export const story = z.object({
  id: z.string(),
  persona: z.string(),
  text: z.string(),
  priority: z.enum(['must', 'should', 'could']),
  acceptance_criteria: z.array(z.string()).min(1),
  /** The idea does not say it, but needs it. */
  implied: z.boolean(),
  action,
});
type Action = z.infer<typeof action>;
export type Story = z.infer<typeof story>;

export const requirementsOutput = z.object({
  user_personas: z.array(
    z.object({ id: z.string(), name: z.string(), role: z.string(), goal: z.string(), frustration: z.string() }),
  ),
  user_stories: z.array(story).min(1),
  functional_requirements: z.array(z.object({ id: z.string(), text: z.string(), story: z.string(), action })).min(1),
  non_functional_requirements: z.array(
    z.object({ id: z.string(), category: z.string(), text: z.string(), measure: z.string() }),
  ),
  /** Ids only: what the specification's step calls `pm.requirements`. */
  requirements: z.object({ functional: z.array(z.string()), non_functional: z.array(z.string()) }),
});
export type Requirements = z.infer<typeof requirementsOutput>;

const FIRST_NAMES = ['Alex', 'Maya', 'Jonas', 'Ines', 'Tariq'] as const;

const ALWAYS: readonly (readonly [string, string, string])[] = [
  ['Speed', 'What people see answers at once', 'p95 of page data under 300 ms at 50 requests a second'],
  ['Availability', 'It is there when it is needed', '99.5 % a month, planned work announced'],
  ['Accessibility', 'Everybody can use it', 'WCAG 2.2 AA, checked by tool and by keyboard'],
  ['Security', 'Accounts are safe', 'no finding above medium in an OWASP ASVS level 1 check'],
  ['Recovery', 'Nothing is lost', 'restore from backup rehearsed, at most 5 minutes of data lost'],
];

/** The product manager's part: stories with acceptance criteria, and what follows from them. */
export function writeRequirements({
  project_brief: brief,
  target_users,
}: Pick<Brief, 'project_brief' | 'target_users'>): Requirements {
  const personas = target_users.map(({ name, goal }, index) => personaOf(name, goal, index));
  const implied = impliedBy(brief.actions).map((act) => ({ act, priority: 'must' as const, implied: true }));
  const said = brief.actions.map((act, index) => {
    return { act, priority: priorityOf(index, brief.actions.length), implied: false };
  });
  const stories = [...implied, ...said].map(({ act, ...row }, index): Story => {
    const kind = ACTION_KINDS[act.kind];
    return {
      id: `US-${index + 1}`,
      persona: personas.find(({ role }) => role === act.actor)?.id ?? 'P-1',
      text: `As one of the ${act.actor}, I want to ${act.verb} ${act.object}, so that ${fill(kind.benefit, act)}.`,
      acceptance_criteria: kind.acceptance.map((text) => fill(text, act)),
      action: act,
      ...row,
    };
  });
  const functional = stories.map((item, index) => ({
    id: `FR-${index + 1}`,
    text: `The system lets ${item.action.actor} ${item.action.verb} ${item.action.object}.`,
    story: item.id,
    action: item.action,
  }));
  const measured = concernsById(brief.concerns).map(
    ({ name, requirement }) => [name, requirement.text, requirement.measure] as const,
  );
  const nonFunctional = [...measured, ...ALWAYS].map(([category, text, measure], index) => {
    return { id: `NFR-${index + 1}`, category, text, measure };
  });
  return {
    user_personas: personas,
    user_stories: stories,
    functional_requirements: functional,
    non_functional_requirements: nonFunctional,
    requirements: { functional: functional.map(({ id }) => id), non_functional: nonFunctional.map(({ id }) => id) },
  };
}

/** The first half of what the idea says must be there, the next two things should. */
function priorityOf(index: number, actions: number): Story['priority'] {
  const must = Math.ceil(actions / 2);
  return index < must ? 'must' : index < must + 2 ? 'should' : 'could';
}

/** What an idea leaves out because it goes without saying: nobody can lend tools that are not listed. */
function impliedBy(actions: readonly Action[]): Action[] {
  const needed = actions.filter(({ kind, entity }) => IMPLYING.has(kind) && isListed(entity));
  return unique(needed, ({ entity }) => entity).flatMap(({ actor, entity }) => {
    const known = actions.filter((act) => act.entity === entity).map(({ kind }) => kind);
    const missing = IMPLIED.filter(({ kind }) => !known.includes(kind));
    return missing.map((row) => ({ ...row, actor, entity, object: plural(entity) }));
  });
}

function personaOf(role: string, goal: string, index: number): Requirements['user_personas'][number] {
  const name = `${FIRST_NAMES[index % FIRST_NAMES.length] ?? 'Alex'}, ${singular(role)}`;
  const frustration = 'Has tried lists and group chats; somebody always forgets, and nobody knows what holds now.';
  return { id: `P-${index + 1}`, name: capital(name), role, goal, frustration };
}
