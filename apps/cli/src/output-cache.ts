/** What a workflow file says of the cache of agent outputs, for a run that has a process to itself. */
import type { AgentOptionsInput } from '@tutti/agent';
import type { WorkflowDefinition, WorkflowJson } from '@tutti/contracts';

type OutputCache = Pick<AgentOptionsInput, 'outputCacheBytes' | 'outputCacheTtlMs'>;

/**
 * `caching_system.cache_levels.agent_output_cache`: its `size_limit` in bytes, and its `ttl` in ms where that is not the session. What
 * is not said there stays as the agent process has it. The loader has read the words of the block; what is no number is none of its own.
 */
export function outputCacheOf({ policies }: Pick<WorkflowDefinition, 'policies'>): OutputCache {
  const level = ['caching_system', 'cache_levels', 'agent_output_cache'].reduce<WorkflowJson | undefined>(
    memberOf,
    policies,
  );
  const [bytes, ttlMs] = [memberOf(level, 'size_limit'), memberOf(level, 'ttl')];
  return {
    ...(isCount(bytes) ? { outputCacheBytes: bytes } : {}),
    ...(isCount(ttlMs) && ttlMs > 0 ? { outputCacheTtlMs: ttlMs } : {}),
  };
}

const isCount = (value: WorkflowJson | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const memberOf = (value: WorkflowJson | undefined, key: string): WorkflowJson | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? (value as { readonly [key: string]: WorkflowJson })[key]
    : undefined;
