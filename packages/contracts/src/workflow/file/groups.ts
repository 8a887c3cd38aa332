import { z } from 'zod';
import { PARTIAL_FAILURE_HANDLING } from '../group.ts';
import { contextPath, workflowJson, workflowText } from '../values.ts';
import { criteria, durationRange, id, ref, timeout } from './scalars.ts';
import { fileAgentSpecification, fileNeeds, fileParallelAgent } from './steps.ts';

const partialFailureHandling = z.enum([...PARTIAL_FAILURE_HANDLING, 'continue_with_partial', 'abort_and_fallback']);

const barrierKeys = {
  timeout: timeout.optional(),
  partial_failure_handling: partialFailureHandling.optional(),
  success_criteria: criteria.optional(),
  extension: timeout.optional(),
  max_extensions: z.number().int().min(0).max(10).optional(),
  /** Context path → value, for a member that gave none. */
  defaults: z.record(contextPath, workflowJson).optional(),
};

const CROSS_VALIDATION_WORDS = ['post_completion_validation', 'none'] as const;

/** Specification: `cross_validation` of a step. */
export const fileCrossValidation = z.strictObject({
  enabled: z.boolean().optional(),
  validation_agents: z.array(id).optional(),
  validation_timeout: timeout.optional(),
});

/** Specification: `synchronization_strategy` of a group. */
export const fileSynchronization = z.strictObject({
  type: z.enum(['smart_barrier', 'barrier_sync', 'none']).optional(),
  cross_validation: z.enum(CROSS_VALIDATION_WORDS).optional(),
  ...barrierKeys,
});

/** Specification: `execution_groups.*`. `agents` may also name steps of the plain list. */
export const fileGroup = z.strictObject({
  name: workflowText.optional(),
  description: workflowText.optional(),
  agents: z.array(id).min(1).optional(),
  dependencies: z.array(ref).optional(),
  parallel_capable: z.boolean().optional(),
  synchronization: z.enum(['barrier_sync', 'smart_barrier', 'none']).optional(),
  estimated_duration: durationRange.optional(),
  resource_requirements: fileNeeds.optional(),
  agent_specifications: z.record(id, fileAgentSpecification).optional(),
  synchronization_strategy: fileSynchronization.optional(),
  cross_validation: fileCrossValidation.optional(),
});

/** Specification: `enhanced_workflow_step`. */
export const fileEnhancedStep = z.strictObject({
  id,
  name: workflowText.optional(),
  type: z.enum(['parallel_group', 'sequential_group']).optional(),
  dependencies: z.array(ref).optional(),
  estimated_duration: durationRange.optional(),
  parallel_configuration: z
    .strictObject({
      execution_mode: z.enum(['truly_parallel', 'sequential']).optional(),
      resource_isolation: z.boolean().optional(),
      context_sharing: z.string().optional(),
    })
    .optional(),
  agents: z.array(fileParallelAgent).min(1),
  synchronization: z
    .strictObject({
      barrier_type: z.enum(['smart_barrier']).optional(),
      failure_criteria: z.string().optional(),
      ...barrierKeys,
    })
    .optional(),
  cross_validation: fileCrossValidation.optional(),
});

export type FileGroup = z.infer<typeof fileGroup>;
export type FileEnhancedStep = z.infer<typeof fileEnhancedStep>;
export type FileCrossValidation = z.infer<typeof fileCrossValidation>;
