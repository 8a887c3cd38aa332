import type { WorkflowJson } from '@tutti/contracts';
import { z } from 'zod';

/**
 * The form of workflow that the BMAD method uses: `workflow.sequence` lists who creates, updates and validates which
 * artifact, and what it requires for that. Read leniently: what is not known here is reported and passed by.
 */
const names = z.union([z.string(), z.array(z.string())]).transform((value) => (Array.isArray(value) ? value : [value]));

const entry = z.looseObject({
  agent: z.string().optional(),
  /** Of an entry that nobody in particular does. */
  step: z.string().optional(),
  action: z.string().optional(),
  creates: names.optional(),
  updates: names.optional(),
  requires: names.optional(),
  validates: names.optional(),
  uses: names.optional(),
  condition: z.string().optional(),
  repeats: z.union([z.string(), z.boolean()]).optional(),
  optional: z.boolean().optional(),
  optional_steps: names.optional(),
  notes: z.string().optional(),
});
export type SequenceEntry = z.infer<typeof entry>;

export const ENTRY_KEYS: ReadonlySet<string> = new Set(Object.keys(entry.shape));

export const sequenceWorkflow = z.looseObject({
  id: z.string().optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  sequence: z.array(entry).min(1),
});
export type SequenceWorkflow = z.infer<typeof sequenceWorkflow>;

/** Keys of a workflow that this conversion uses; the others are reported. */
export const WORKFLOW_KEYS: ReadonlySet<string> = new Set(Object.keys(sequenceWorkflow.shape));

/** Whether a file has this form, right or wrong. */
export function isSequence(value: { readonly [key: string]: WorkflowJson }): boolean {
  const { workflow } = value;
  return typeof workflow === 'object' && workflow !== null && !Array.isArray(workflow) && 'sequence' in workflow;
}
