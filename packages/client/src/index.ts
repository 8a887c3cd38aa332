export { type CallLimits, DEFAULT_CALL_LIMITS } from './call.ts';
export {
  type Client,
  type ClientOptions,
  createClient,
  type RunResult,
  type Submission,
  type WatchOptions,
} from './client.ts';
export { MAX_BUFFERED } from './inbox.ts';
export { RECHECK_MS } from './watch.ts';
