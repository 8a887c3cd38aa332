import { z } from 'zod';
import { WORKFLOW_INPUT_TYPES } from '../definition.ts';
import { WORKFLOW_LIMITS } from '../limits.ts';
import { workflowJson, workflowText } from '../values.ts';
import {
  fileBarrierSynchronization,
  fileCachingSystem,
  fileContextConflicts,
  fileDependencyAnalyzer,
  fileOwnership,
  filePerformanceMonitoring,
  filePool,
  fileResourceManager,
} from './blocks.ts';
import { fileEnhancedStep, fileGroup } from './groups.ts';
import { id, program, timeout, ttl } from './scalars.ts';
import { fileListedStep, fileMappedStep } from './steps.ts';

/**
 * A workflow file: what a person writes. The blocks of the specification stand beside a plain form (`workflow`, `steps`);
 * both may be mixed. The inferred type is what the loader works on: words are parsed, references are not yet resolved.
 */

const units = z.number().min(0).max(1_000_000);
const wordUnits = z.strictObject({ cpu: units.optional(), memory: units.optional() });

const inputKeys = {
  required: z.boolean().optional(),
  default: workflowJson.optional(),
  description: workflowText.optional(),
};
const inputType = z.enum(WORKFLOW_INPUT_TYPES);

export const fileCommandAgent = z.strictObject({
  /** Words, or one line that is split at blanks with quotes honoured. No shell looks at it. */
  cmd: program,
  timeout: timeout.optional(),
  cwd: z.string().max(1024).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(4096)).optional(),
  /** It also judges what others made: it takes requests of the kind `validate`. */
  validates: z.boolean().optional(),
  /** Its result follows from its input alone: what it made of an input may be given again. */
  cache: z
    .union([
      z.boolean(),
      z.strictObject({ version: z.union([z.string().max(64), z.number()]).optional(), ttl: ttl.optional() }),
    ])
    .optional(),
});

const modulePath = z.string().min(1).max(1024);

export const workflowFile = z.strictObject({
  workflow: z
    .strictObject({
      id: id.optional(),
      name: workflowText.optional(),
      version: z.union([z.string().max(64), z.number()]).optional(),
      description: workflowText.optional(),
      /** Of the whole run. */
      timeout: timeout.optional(),
      /** Estimates are multiplied with it: 0.01 makes an example of minutes run in seconds. */
      time_scale: z.number().positive().max(1000).optional(),
    })
    .optional(),
  /** A type's name alone is a required input. */
  inputs: z.record(id, z.union([inputType, z.strictObject({ type: inputType.optional(), ...inputKeys })])).optional(),
  /** A file of agents, several, or programs by name (`module` then names the file). */
  agents: z
    .union([modulePath, z.array(modulePath).max(100), z.record(id, z.union([modulePath, fileCommandAgent]))])
    .optional(),
  steps: z
    .union([z.array(fileListedStep).max(WORKFLOW_LIMITS.steps), z.record(id, fileMappedStep.nullable())])
    .optional(),
  groups: z.record(id, fileGroup).optional(),
  pool: filePool.optional(),
  ownership: fileOwnership.optional(),
  /** Changes the table of words: `medium: {cpu: 20, memory: 20}`. */
  resource_words: z
    .strictObject({ low: wordUnits, medium: wordUnits, high: wordUnits, very_high: wordUnits })
    .partial()
    .optional(),
  dependency_analyzer: fileDependencyAnalyzer.optional(),
  execution_groups: z.record(id, fileGroup).optional(),
  resource_manager: fileResourceManager.optional(),
  barrier_synchronization: fileBarrierSynchronization.optional(),
  context_conflicts: fileContextConflicts.optional(),
  caching_system: fileCachingSystem.optional(),
  performance_monitoring: filePerformanceMonitoring.optional(),
  enhanced_workflow_step: fileEnhancedStep.optional(),
});

/** As parsed. */
export type WorkflowFile = z.infer<typeof workflowFile>;
/** As written. */
export type WorkflowFileInput = z.input<typeof workflowFile>;
