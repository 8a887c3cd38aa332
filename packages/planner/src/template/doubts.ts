import { type Liquid, liquid, partsOf } from './library.ts';

/** What can be parsed and yet does not do what its author likely means. */
export interface TemplateDoubt {
  /** As the predicate of a sentence whose subject is the prompt. */
  readonly what: string;
  readonly suggestion: string;
  /** From 1, in the template's own text. */
  readonly row: number;
  readonly col: number;
}

/** Other templates that it wants to take in, and filters that nobody knows. */
export function* doubtsOf(engine: Liquid.Liquid, templates: readonly Liquid.Template[]): Generator<TemplateDoubt> {
  const { IncludeTag, RenderTag, LayoutTag } = liquid();
  for (const part of partsOf(templates)) {
    const [row = 1, col = 1] = part.token.getPosition();
    if ([IncludeTag, RenderTag, LayoutTag].some((partial) => part instanceof partial)) {
      const what = 'takes in another template, which fails when it is filled in: a prompt is one text';
      yield { what, suggestion: 'write the text into the template itself', row, col };
    }
    for (const name of filtersOf(part)) {
      if (engine.filters[name] !== undefined) continue;
      yield {
        what: `has a filter "${name}" that nobody knows; it changes nothing`,
        suggestion: 'correct its name',
        row,
        col,
      };
    }
  }
}

/** Of an output, or of the values of a tag. */
function filtersOf(part: Liquid.Template): readonly string[] {
  const { Output, Value } = liquid();
  const values = part instanceof Output ? [part.value] : [...(part.arguments?.() ?? [])];
  return values.flatMap((value) => (value instanceof Value ? value.filters.map(({ name }) => name) : []));
}
