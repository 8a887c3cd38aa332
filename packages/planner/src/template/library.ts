import { createRequire } from 'node:module';
import type * as Liquid from 'liquidjs';

export type { Liquid };

let library: typeof Liquid | undefined;

/** Loaded when the first template is met: most workflows have none, and the library takes longer to load than they do. */
export const liquid = (): typeof Liquid => {
  library ??= createRequire(import.meta.url)('liquidjs') as typeof Liquid;
  return library;
};

/** All parts of a template, those in blocks too, in the order of the text. */
export function* partsOf(templates: readonly Liquid.Template[]): Generator<Liquid.Template> {
  for (const template of templates) {
    yield template;
    const { children } = template;
    if (children !== undefined) yield* partsOf(liquid().toValueSync(children.call(template, false, true)));
  }
}
