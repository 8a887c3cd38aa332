import type { KindName } from './action-kinds.ts';
import { concernsOf } from './concerns.ts';
import { parseIdea, tokensOf } from './parse.ts';
import { type Platform, platformOf } from './platforms.ts';
import { AFTER_OBJECT, isPeople, NO_KEYWORD, NO_OBJECT, PRONOUNS } from './word-lists.ts';
import { capital, enumerate, plural, singular, unique } from './words.ts';

export interface Action {
  readonly verb: string;
  readonly kind: KindName;
  readonly actor: string;
  readonly object: string;
  /** The object in the singular: what gets a table, a path and a screen. */
  readonly entity: string;
}

export interface Idea {
  readonly text: string;
  readonly title: string;
  readonly platform: Platform['id'];
  readonly platformName: string;
  readonly actors: readonly string[];
  readonly actions: readonly Action[];
  readonly entities: readonly string[];
  readonly concerns: readonly string[];
  /** True when the text names no action that the rules know, and general ones stand in for it. */
  readonly guessed: boolean;
}

const MAX_ACTIONS = 12;
const MAX_ACTORS = 5;
/** What one can do with anything. */
const GENERAL: readonly (readonly [string, KindName])[] = [
  ['find', 'find'],
  ['create', 'create'],
  ['manage', 'manage'],
];

/** What the rules find in an idea. The same text gives the same answer, always. */
export function understand(text: string): Idea {
  const { actions: found, actors: named } = parseIdea(text);
  const actors = (named.length > 0 ? named : ['users']).slice(0, MAX_ACTORS);
  const [first = 'users'] = actors;
  const thing = mainThing(text);
  const guessed = found.length === 0;
  const complete = guessed
    ? GENERAL.map(([verb, kind]): Action => action(verb, kind, first, thing))
    : found.map((act) => action(act.verb, act.kind, act.actor ?? first, act.object ?? thing));
  const actions = unique(complete, ({ verb, object, actor }) => `${verb} ${object} ${actor}`).slice(0, MAX_ACTIONS);
  const platform = platformOf(text);
  return {
    text,
    title: titleOf(actions, platform),
    platform: platform.id,
    platformName: platform.name,
    actors,
    actions,
    entities: unique(
      actions.map(({ entity }) => entity),
      (entity) => entity,
    ),
    concerns: concernsOf(text).map(({ id }) => id),
    guessed,
  };
}

const action = (verb: string, kind: KindName, actor: string, object: string): Action => ({
  verb,
  kind,
  actor,
  object,
  entity: singular(object),
});

/** The first noun-like word that is no person and no word for software; `entries` when there is none. */
function mainThing(text: string): string {
  const words = tokensOf(text).filter((word) => {
    const filler = AFTER_OBJECT.has(word) || NO_OBJECT.has(word) || PRONOUNS.has(word) || NO_KEYWORD.has(word);
    return !filler && word.length > 2 && !isPeople(plural(word));
  });
  return plural(words.findLast((word) => word.endsWith('s')) ?? words.at(-1) ?? 'entries');
}

function titleOf(actions: readonly Action[], platform: Platform): string {
  const [first] = actions;
  if (first === undefined) return capital(platform.name);
  const verbs = actions.filter(({ object }) => object === first.object).map(({ verb }) => verb);
  const what = `${enumerate([...new Set(verbs)].slice(0, 2))} ${first.object}`;
  return `${capital(what)}: a ${platform.name} for ${first.actor}`;
}
