/** A run in one file, for when the cluster keeps it no longer. */
import { z } from 'zod';
import { tuttiEvent } from './events.ts';
import { runView } from './messages/api.ts';
import { version } from './messages/shared.ts';
import { planSchema } from './plan.ts';
import { workflowDefinition } from './workflow/definition.ts';
import { workflowJson } from './workflow/values.ts';

/** Raised when a program that reads archives of before would misread one. */
export const ARCHIVE_VERSION = 1;

/** Everything that a cluster tells of a run that has ended. Times are ms since 1970; those of events are ISO 8601. */
export const runArchive = z.strictObject({
  format: z.literal('tutti.run'),
  version: z.literal(ARCHIVE_VERSION),
  archivedAtMs: z.number(),
  definition: workflowDefinition,
  plan: planSchema,
  inputs: z.record(z.string(), workflowJson),
  /** How the run ended: outcome, steps, groups, conflicts. */
  view: runView,
  /** All of them, in order, from the first one on. */
  events: z.array(tuttiEvent),
  /** The whole context at its last version. */
  context: z.strictObject({ version, value: workflowJson }),
});
export type RunArchive = z.infer<typeof runArchive>;
