export { connectNats } from './connect.ts';
export type { NatsBusOptions } from './options.ts';
export { MIN_SERVER, MIN_SERVER_REPLICATED } from './version.ts';
