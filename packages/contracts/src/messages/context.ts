/** Any ↔ context store. One store a run; every accepted commit makes one version. */
import { z } from 'zod';
import { token } from '../ids.ts';
import { contextPath, workflowJson } from '../workflow/values.ts';
import { message } from './define.ts';
import { conflict, conflictId, contextWrite, epoch, ms, person, resolution, version } from './shared.ts';

export const committed = z.object({
  step: token,
  /** epoch of the attempt whose writes stand; an earlier attempt's when that one came first. */
  epoch: epoch,
  /** That of the request; an older one tells of work that has been done again since. */
  generation: z.number().int().nonnegative().optional(),
  version: version,
  /** True when this key had been committed before: nothing was written now. */
  duplicate: z.boolean(),
  /** Paths that took effect. */
  paths: z.array(contextPath),
  conflicts: z.array(conflict),
});
export type Committed = z.infer<typeof committed>;

/** Paths that one message may ask for. */
export const MAX_READS = 1_000;

const reads = z.array(contextPath).max(MAX_READS);
const values = z.record(z.string(), workflowJson);

/** What was asked for, whole, as of one version. */
export const contextView = z.object({ version: version, paths: reads, values: values });
export type ContextView = z.infer<typeof contextView>;

export const contextMessages = {
  'context.open': message(
    'workflow',
    'context',
    'creates the context of a run, or says what it already holds: after a crash the workflow learns what was committed',
    z.object({
      run: token,
      ownerEpoch: epoch,
      /** Writer → context roots it owns exclusively. */
      ownership: z.record(z.string(), z.array(z.string())),
      initial: z.record(z.string(), workflowJson),
      /** The newest version that the run was told of: a context that ends before it has lost what was acknowledged. */
      known: version.optional(),
    }),
    ['context.opened'],
  ),
  'context.opened': message(
    'context',
    'workflow',
    'the context is there; commits so far by step',
    z.object({ run: token, version: version, commits: z.array(committed) }),
  ),
  'context.commit': message(
    'workflow',
    'context',
    'the write-set of one finished step, on the version it read; committed once per step and generation',
    z.object({
      run: token,
      ownerEpoch: epoch,
      step: token,
      /** Who writes: the agent's name. Ownership is checked against it. */
      author: z.string().min(1).max(128),
      /** Grows when a finished step is run again on purpose. */
      generation: z.number().int().nonnegative(),
      epoch: epoch,
      base: version,
      writes: z.array(contextWrite).max(10_000),
      /** Paths that the sender wants to know as they are after the commit. */
      reads: reads.optional(),
      /** As in `context.open`. */
      known: version.optional(),
    }),
    ['context.committed'],
  ),
  'context.committed': message(
    'context',
    'workflow',
    'the writes are durable as this version; with what was asked for at the newest version, unless that is too large',
    z.object({ ...committed.shape, view: contextView.optional() }),
  ),
  'context.resolve': message(
    'workflow',
    'context',
    "a person's decision about a conflict: recorded once, and what was taken is committed as a version of its own",
    z.object({
      run: token,
      ownerEpoch: epoch,
      conflict: conflictId,
      take: resolution.shape.take,
      by: person,
      /** When the person said so, by the clock of the run's owner. */
      atMs: ms,
      comment: resolution.shape.comment,
      /** The newest version that the person has seen. */
      over: version.optional(),
      /** As in `context.open`. */
      known: version.optional(),
    }),
    ['context.resolved'],
  ),
  'context.resolved': message(
    'context',
    'workflow',
    'the decision that holds: the first one that was recorded, whatever was asked now',
    z.object({ run: token, conflict: conflictId, resolved: resolution, newest: version }),
  ),
  'context.read': message(
    'any',
    'context',
    'reads paths at one version (the newest when absent); the whole answer is of that one version',
    z.object({ run: token, paths: reads, version: version.optional() }),
    ['context.snapshot'],
  ),
  'context.snapshot': message(
    'context',
    'any',
    'values by path; a path with no value is absent',
    z.object({ run: token, version: version, values: values }),
  ),
  'context.conflicts': message('any', 'context', 'asks for the open conflicts', z.object({ run: token }), [
    'context.conflicted',
  ]),
  'context.conflicted': message(
    'context',
    'any',
    'open conflicts',
    z.object({ run: token, conflicts: z.array(conflict) }),
  ),
} as const;
