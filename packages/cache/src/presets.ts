import { type Cache, createCache, type TimeToLive } from './cache.ts';

/** As in a workflow file: MB is 10^6, MiB would be 2^20. */
const MB = 1_000_000;
const HOUR_MS = 3_600_000;

/**
 * Caches of the specification (`caching_system.cache_levels`), with its sizes and times to live. There is none of context snapshots:
 * the store goes back to an older version faster than a cache would pay for (README of the context store).
 */
export const CACHE_PRESETS = {
  /** Completed agent outputs; key: `agentOutputKey`. */
  agent_output: { maxBytes: 100 * MB, ttlMs: 'session_lifetime' },
  /** Rendered template outputs; key: `templateRenderKey`. */
  template_render: { maxBytes: 50 * MB, ttlMs: HOUR_MS },
} as const satisfies Record<string, { readonly maxBytes: number; readonly ttlMs: TimeToLive }>;

export type CachePreset = keyof typeof CACHE_PRESETS;

/** One of the specification's caches. */
export function createPresetCache<V>(preset: CachePreset, now: () => number): Cache<V> {
  return createCache<V>({ name: preset, ...CACHE_PRESETS[preset], now });
}
