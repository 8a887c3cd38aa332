import { z } from 'zod';
import { WORKFLOW_LIMITS } from '../limits.ts';
import { ANSWERS, ON_FAILURE, ON_REJECT } from '../step.ts';
import { workflowJson, workflowText } from '../values.ts';
import { access, agentName, durationRange, id, output, ref, timeout, units } from './scalars.ts';

const refs = z.array(ref).max(WORKFLOW_LIMITS.refsPerStep);

/** A list of references, or a mapping from the key in the agent's input to the reference. */
const inputs = z.union([refs, z.record(id, ref)]);

export const fileNeeds = z.strictObject({
  cpu: units.optional(),
  memory: units.optional(),
  context_access: access.optional(),
  /** Units of named resources of the pool (`pool.resources`). */
  resources: z.record(id, z.number().min(0).max(1_000_000)).optional(),
});

export const fileContextRequirements = z.strictObject({ read: refs.optional(), write: z.array(output).optional() });

const attempts = z.number().int().min(1).max(WORKFLOW_LIMITS.attempts);
export const fileRetry = z.union([
  attempts,
  z.strictObject({
    max_attempts: attempts.optional(),
    backoff: timeout.optional(),
    backoff_factor: z.number().min(1).max(100).optional(),
    max_backoff: timeout.optional(),
  }),
]);

export const filePriority = z.number().int().min(0).max(100);

export const STEP_TYPES = ['agent', 'approval', 'signal'] as const;

/** What may be said of a step wherever it stands. */
const stepKeys = {
  /** `approval` waits for a person, `signal` for a word from outside; neither takes anything of the pool. Default `agent`. */
  type: z.enum(STEP_TYPES).optional(),
  /** Of an approval or a signal: what is asked, in words for a person. */
  ask: workflowText.optional(),
  /** Of an approval: the answer when nobody gives one before the time-out. Default `reject`. */
  default: z.enum(ANSWERS).optional(),
  /** Of an approval: `fail` (default) fails the step; `continue` leaves `approved: false` for others to read. */
  on_reject: z.enum(ON_REJECT).optional(),
  /** Of a signal: its name. Default: the step's id. */
  signal: id.optional(),
  name: workflowText.optional(),
  description: workflowText.optional(),
  inputs: inputs.optional(),
  /** Taken if it is there when the step starts; never waited for. */
  context: inputs.optional(),
  outputs: z.array(output).max(WORKFLOW_LIMITS.refsPerStep).optional(),
  /** The context root of the result; default: the agent's name, or the step's id where several steps share an agent. */
  result: id.optional(),
  dependencies: refs.optional(),
  depends_on: refs.optional(),
  /** The steps that this step judges. */
  validates: refs.optional(),
  /** True: what depends on the judged steps waits for this judgement too. Else a validation delays nobody. */
  gate: z.boolean().optional(),
  /** What the agent is asked, as a Liquid template over its input; the agent is given what comes of it as `input.prompt`, and what it reads is an input. */
  prompt: z.string().max(WORKFLOW_LIMITS.templateChars).optional(),
  /** A file that holds the prompt, relative to the workflow file. */
  template: z.string().min(1).max(1024).optional(),
  estimated_duration: durationRange.optional(),
  timeout: timeout.optional(),
  retry: fileRetry.optional(),
  on_failure: z.enum(ON_FAILURE).optional(),
  priority: filePriority.optional(),
  resource_requirements: fileNeeds.optional(),
  context_requirements: fileContextRequirements.optional(),
  with: z.record(id, workflowJson).optional(),
};

/** Specification: `execution_groups.*.agent_specifications.*`. */
export const fileAgentSpecification = z.strictObject(stepKeys);

/** Specification: `enhanced_workflow_step.agents[]`. */
export const fileParallelAgent = z.strictObject({ ...stepKeys, id: id.optional(), agent: id });

const plainStep = { ...stepKeys, agent: agentName.optional(), group: id.optional() };

/** A step of the plain list; without an agent, the agent has the step's name. */
export const fileListedStep = z.strictObject({ ...plainStep, id });
export const fileMappedStep = z.strictObject(plainStep);

export type FileStepKeys = z.infer<typeof fileAgentSpecification>;
export type FileListedStep = z.infer<typeof fileListedStep>;
export type FileMappedStep = z.infer<typeof fileMappedStep>;
export type FileParallelAgent = z.infer<typeof fileParallelAgent>;
export type FileNeeds = z.infer<typeof fileNeeds>;
