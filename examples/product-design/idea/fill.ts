import type { Action } from './understand.ts';
import { article, capital, plural, slug } from './words.ts';

/** Puts an action into a sentence: `{o}` its object, `{e}` one of it, `{es}` many, `{v}` the verb; a capital stays one. */
export function fill(template: string, { verb, object, entity }: Action): string {
  const values: Readonly<Record<string, string>> = {
    o: object,
    e: entity,
    es: plural(entity),
    v: verb,
    E: capital(entity),
    Es: capital(plural(entity)),
    V: capital(verb),
    'article e': article(entity),
  };
  return template.replace(/\{([\w ]+)\}/g, (whole, key: string) => values[key] ?? whole);
}

/** The same in a path: every value is a slug. */
export function fillPath(template: string, { verb, entity }: Action): string {
  return template.replace('{es}', slug(plural(entity))).replace('{v}', slug(verb));
}
