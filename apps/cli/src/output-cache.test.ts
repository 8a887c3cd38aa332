import { loadWorkflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { outputCacheOf } from './output-cache.ts';

const of = (level: string) =>
  outputCacheOf(loadWorkflow(`steps: {a: {}}\ncaching_system:\n  cache_levels: ${level}\n`, { file: 'f' }).definition);

it('takes the size and the time to live of the file, in the units of the file', () => {
  expect(of('{agent_output_cache: {size_limit: 50MB, ttl: 1_hour}}')).toEqual({
    outputCacheBytes: 50_000_000,
    outputCacheTtlMs: 3_600_000,
  });
  expect(of('{agent_output_cache: {size_limit: 64KiB, ttl: session_lifetime}}')).toEqual({ outputCacheBytes: 65_536 });
});

it('leaves as it is what the file does not say, or says of another cache', () => {
  expect(of('{template_render_cache: {size_limit: 1MB, ttl: 1_minute}}')).toEqual({});
  expect(outputCacheOf({ policies: {} })).toEqual({});
  expect(outputCacheOf({ policies: { caching_system: [{ cache_levels: 1 }] } })).toEqual({});
  expect(
    outputCacheOf({ policies: { caching_system: { cache_levels: { agent_output_cache: { ttl: 'x' } } } } }),
  ).toEqual({});
});
