export { sameContent } from './content.ts';
export { contextKind } from './kind.ts';
export { type ContextEvent, contextMachine } from './machine.ts';
export { type Clash, type Merged, merge } from './merge.ts';
export { type ContextLimits, type ContextOptionsInput, contextLimits, contextOptions } from './options.ts';
export { type Commit, type ContextInput, type ContextState, unopened } from './state.ts';
