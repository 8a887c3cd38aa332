/** What the context store decides: pure functions of its state and a message. */
export { commit } from './commit.ts';
export type { Decision } from './decision.ts';
export { checkOpen, openAgain, openFirst } from './open.ts';
export { conflictsOf, read } from './read.ts';
export { resolve } from './resolve.ts';
