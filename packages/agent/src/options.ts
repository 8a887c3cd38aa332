/** Options of an agent process. Compiled once; nothing downstream parses. Times are ms. */
import { CACHE_PRESETS } from '@tutti/cache';
import { z } from 'zod';

const span = z.number().int().positive();

export const agentOptions = z.strictObject({
  /** Between two heartbeats, ± 20 %: three missed ones are a dead process (architecture: three heartbeats). */
  heartbeatMs: span.default(1_000),
  /** Least time between two beats: changes of state are told at once, but at most 20 times a second. */
  beatGapMs: span.default(50),
  /**
   * From the abort of an attempt until its function counts as hanging. Longer than `killGraceMs`, so that a program that
   * ignores its signal is dead, and thus not hanging, before.
   */
  abortGraceMs: span.default(3_000),
  /** From SIGTERM to SIGKILL of an agent that is a program. */
  killGraceMs: span.default(2_000),
  /** First wait before an outcome is told again; doubles up to `repeatMaxMs`. A request takes some ms, so 250 is late enough. */
  repeatMs: span.default(250),
  repeatMaxMs: span.default(5_000),
  /** An outcome that nobody recorded for this long is dropped: its run is gone or was given to others long ago. */
  reportForMs: span.default(3_600_000),
  /** Least time between two progress messages of one attempt. */
  progressGapMs: span.default(100),
  /** Of one try to read the context; tries go on until the attempt ends. */
  readTimeoutMs: span.default(2_000),
  /** Between two tries to read, doubling up to `readRetryMaxMs`. */
  readRetryMs: span.default(100),
  readRetryMaxMs: span.default(2_000),
  /**
   * Hanging functions that are replaced by a fresh instance. Each holds its memory until it returns, if it ever does;
   * beyond this many the process takes less work instead of growing for ever.
   */
  maxHanging: z.number().int().nonnegative().default(16),
  /** Prompts that are filled in at once (specification: `template_engine.concurrent_renders`). */
  concurrentRenders: z.number().int().positive().default(3),
  /** Of filling in one prompt (specification: `template_engine.render_timeout`). */
  renderTimeoutMs: span.default(120_000),
  /** Parsed templates that are kept, bytes (specification: `template_engine.cache_size`). */
  parsedBytes: span.default(50_000_000),
  /** Characters of a prompt that is filled in: a million tokens and more, beyond what any model takes. */
  renderedChars: span.default(4_194_304),
  /** Characters and members of lists that one render may make on its way: what a result may have at the most. */
  renderUnits: span.default(16_777_216),
  /** Steps of one render, so that a loop in a loop ends however fast the machine: some seconds of work. */
  renderSteps: span.default(10_000_000),
  /** Results of agents that declare `cache`, of all of them together (specification: `agent_output_cache`, 100MB). 0: none is kept. */
  outputCacheBytes: z.number().int().nonnegative().default(CACHE_PRESETS.agent_output.maxBytes),
  /** How long one may be given again; absent: as long as the process lives (specification: `session_lifetime`). */
  outputCacheTtlMs: span.optional(),
});
export type AgentOptions = z.infer<typeof agentOptions>;
export type AgentOptionsInput = z.input<typeof agentOptions>;

/**
 * Steps of which an instance remembers the highest epoch. Only messages still on their way matter, and those are about
 * the last few attempts of this one instance.
 */
export const MAX_FENCES = 16;
