import { TEMPLATE_DIALECT } from '@tutti/contracts';
import { doubtsOf, type TemplateDoubt } from './doubts.ts';
import { type Liquid, liquid, partsOf } from './library.ts';

/** A value that a template takes from outside itself, at the place of its first mention. */
export interface TemplateRead {
  /** As far as the names are fixed: `pm.stories[0].title` is `pm`, `stories`. */
  readonly segments: readonly string[];
  /** From 1, in the template's own text. */
  readonly row: number;
  readonly col: number;
  /** Each mention has a `default` filter: the author says that it may be missing. */
  readonly optional: boolean;
}

export type ReadsOfTemplate =
  | { readonly reads: readonly TemplateRead[]; readonly doubts: readonly TemplateDoubt[] }
  | { readonly flaw: string; readonly row: number; readonly col: number };

/** Names that Liquid answers on any list or text; they are no values of the context. */
const VIRTUAL: ReadonlySet<string> = new Set(['size', 'first', 'last']);

/**
 * What a Liquid template reads, by static analysis: every branch counts, and what it assigns itself does not. Partials are
 * not looked into. Nothing is rendered, and no file is read.
 */
export function readsOfTemplate(text: string): ReadsOfTemplate {
  const { Liquid: Engine } = liquid();
  const engine = new Engine(TEMPLATE_DIALECT);
  try {
    const templates = engine.parse(text);
    const { globals } = engine.analyzeSync(templates, { partials: false });
    const reads = foldReads(Object.values(globals).flat(), new Set(guardedPlaces(templates)));
    return { reads, doubts: [...doubtsOf(engine, templates)] };
  } catch (error) {
    return flawOf(error);
  }
}

const placeKey = (row: number, col: number): string => `${row}:${col}`;

/** One read for each path, in the order of the text. */
function foldReads(variables: readonly Liquid.Variable[], guarded: ReadonlySet<string>): TemplateRead[] {
  const byPath = new Map<string, TemplateRead>();
  for (const { segments, location } of variables) {
    const fixed = fixedSegments(segments);
    if (fixed.length === 0) continue;
    const key = fixed.join('\n');
    const optional = guarded.has(placeKey(location.row, location.col));
    const known = byPath.get(key);
    if (known === undefined) byPath.set(key, { segments: fixed, row: location.row, col: location.col, optional });
    else if (!optional) byPath.set(key, { ...known, optional: false });
  }
  return [...byPath.values()].toSorted((a, b) => a.row - b.row || a.col - b.col);
}

function fixedSegments(segments: Liquid.VariableSegments): string[] {
  const end = segments.findIndex((segment, at) => typeof segment !== 'string' || (at > 0 && VIRTUAL.has(segment)));
  return (end < 0 ? segments : segments.slice(0, end)).map(String);
}

/** Where the first value of an output stands whose filters give it a default. */
function* guardedPlaces(templates: readonly Liquid.Template[]): Generator<string> {
  const { Output } = liquid();
  for (const template of partsOf(templates)) {
    if (!(template instanceof Output) || !template.value.filters.some(({ name }) => name === 'default')) continue;
    for (const token of template.value.initial.postfix) {
      const [row = 1, col = 1] = token.getPosition();
      yield placeKey(row, col);
    }
  }
}

/** The library's errors carry the token; its message repeats the place, which the finding has itself. */
function flawOf(error: unknown): ReadsOfTemplate {
  if (!(error instanceof Error)) throw error;
  const { token } = error as { token?: Liquid.Token };
  const [row = 1, col = 1] = token?.getPosition() ?? [];
  return { flaw: error.message.replace(/, (?:file|line):.*$/s, ''), row, col };
}
