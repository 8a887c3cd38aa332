import { z } from 'zod';

const MIB = 1_048_576;

/**
 * What bounds a context. They are part of the machine's input and thus of the actor's log: a context keeps the limits
 * it was opened with, so that its log replays to the same versions whatever the options are by then.
 */
export const contextLimits = z.strictObject({
  /**
   * Bytes of the tree and of the conflict records, as JSON text. Agents exchange documents, not data sets: 64 MB are
   * some thousands of them, and a process holds many contexts.
   */
  maxBytes: z
    .number()
    .int()
    .positive()
    .default(64 * MIB),
  /** Bytes of one answer to a read. What is larger should be asked for in parts: it would block others on the wire. */
  maxReadBytes: z
    .number()
    .int()
    .positive()
    .default(16 * MIB),
  /**
   * Versions back from the newest that can be read and merged against exactly. The base of a step is as old as the
   * steps that ended while it ran are many: 256 is far above any pool. Older ones are still served where nothing changed.
   */
  historyVersions: z.number().int().nonnegative().max(100_000).default(256),
  /** Bytes of replaced values that the history may hold: what is new replaces nothing, so this is rarely used. */
  historyBytes: z
    .number()
    .int()
    .nonnegative()
    .default(16 * MIB),
  /** Commits of one run: the step limit of a workflow, each run once. */
  maxCommits: z.number().int().positive().default(100_000),
  /** Conflict records of one run: a person has to look at each of them. */
  maxConflicts: z.number().int().positive().default(1_000),
});
export type ContextLimits = z.infer<typeof contextLimits>;

/** Options of the context store, compiled: every default is filled in. */
export const contextOptions = z.strictObject({ limits: contextLimits.prefault({}) });
export type ContextOptions = z.infer<typeof contextOptions>;
export type ContextOptionsInput = z.input<typeof contextOptions>;
