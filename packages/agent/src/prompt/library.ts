import { createRequire } from 'node:module';
import type * as Liquid from 'liquidjs';

export type { Liquid };

let library: typeof Liquid | undefined;

/** Loaded with the first prompt: most workflows have none, and the library takes longer to load than they do. */
export const liquid = (): typeof Liquid => {
  library ??= createRequire(import.meta.url)('liquidjs') as typeof Liquid;
  return library;
};
