/** Workflow ↔ agent instance, and the heartbeats of agent processes. */
import { z } from 'zod';
import { token } from '../ids.ts';
import { stepTemplate } from '../workflow/template.ts';
import { contextPath, workflowJson } from '../workflow/values.ts';
import { message } from './define.ts';
import { attemptRef, contextWrite, errorBody, home, ms, validationAnswer, version } from './shared.ts';

export const instanceState = z.enum(['idle', 'preparing', 'running', 'reporting', 'draining']);
export type InstanceState = z.infer<typeof instanceState>;

export const instanceBeat = z.object({
  role: token,
  instance: token,
  state: instanceState,
  /** Once its work is done it takes no more. */
  draining: z.literal(true).optional(),
  /** What it runs or still has to report. */
  attempt: attemptRef.optional(),
});

export const agentMessages = {
  'attempt.run': message(
    'workflow',
    'agent',
    'gives one attempt to one chosen instance',
    z.object({
      ...attemptRef.shape,
      shard: z.number().int().nonnegative(),
      /** Name of the agent that is to run it. */
      role: token,
      idempotencyKey: z.string().max(200),
      timeoutMs: ms.positive(),
      /** Work that nobody has said to hear of for so long is stopped by its own process. Absent: it never is. */
      aloneMs: ms.positive().optional(),
      /** What `run({ input })` receives. */
      input: workflowJson,
      /** `input.prompt` is a template over the rest of the input, and `run` receives what comes of it; absent: it is a text. */
      template: z
        .object({
          ...stepTemplate.shape,
          /** What would stand under the name `prompt` if the template did not. */
          hides: workflowJson.optional(),
          /** Renders of the run's prompts at one time in one process; the process may allow fewer. */
          concurrent: z.number().int().positive().optional(),
          /** Of one render. */
          timeoutMs: ms.positive().optional(),
          /** How long the rendered text may be given again for the same values. */
          keepMs: ms.optional(),
        })
        .optional(),
      /** version of the context that `input` was read at; further reads are of this version. */
      base: version,
      /** Context path under which the result is written, such as `/pm`. */
      resultPath: contextPath,
      /** Context paths the agent may read beside its input; empty means all. */
      reads: z.array(contextPath),
      /** The agent is not to do its work but to judge that of another; `input` is then what the other was given. */
      validation: z
        .object({
          group: token,
          /** The step whose result is judged. */
          of: token,
          /** That result; absent where nothing stands. */
          output: workflowJson.optional(),
        })
        .optional(),
    }),
    ['attempt.accepted', 'attempt.refused', 'attempt.outcome'],
  ),
  'attempt.accepted': message(
    'agent',
    'workflow',
    'the instance runs it',
    z.object({ ...attemptRef.shape, instance: token }),
  ),
  'attempt.refused': message(
    'agent',
    'workflow',
    'the instance does not run it',
    z.object({
      ...attemptRef.shape,
      instance: token,
      reason: z.enum(['busy', 'draining', 'stale_epoch', 'unknown_role', 'out_of_touch']),
    }),
  ),
  'attempt.cancel': message(
    'workflow',
    'agent',
    'stops an attempt; its outcome is no longer wanted',
    z.object({ ...attemptRef.shape, reason: z.string() }),
  ),
  'attempt.progress': message(
    'agent',
    'workflow',
    'how far it is, from 0 to 1; may be lost',
    z.object({
      ...attemptRef.shape,
      instance: token,
      fraction: z.number().min(0).max(1),
      note: z.string().max(500).optional(),
    }),
  ),
  'attempt.outcome': message(
    'agent',
    'workflow',
    'how it ended; repeated until `attempt.recorded`',
    z.object({
      ...attemptRef.shape,
      instance: token,
      role: token,
      base: version,
      startedAtMs: ms,
      endedAtMs: ms,
      result: z.discriminatedUnion('status', [
        z.object({
          status: z.literal('succeeded'),
          writes: z.array(contextWrite).max(10_000),
          /** Bytes of the input as JSON: what the work took is learned by its size. */
          inputBytes: z.number().int().nonnegative().optional(),
          /** The work was not done: the same input had been worked on before. Absent: it was done. */
          cached: z.literal(true).optional(),
        }),
        z.object({ status: z.literal('validated'), ...validationAnswer.shape }),
        z.object({ status: z.literal('failed'), error: errorBody }),
      ]),
    }),
  ),
  'attempt.recorded': message(
    'workflow',
    'agent',
    'the outcome is journaled or no longer wanted: the instance may forget it',
    z.object({
      ...attemptRef.shape,
      verdict: z.enum(['recorded', 'stale_epoch', 'unknown_run']),
      /** It is recorded as a failure, whatever the agent made of it: a result may lack what its step declares. */
      failed: z.literal(true).optional(),
    }),
  ),
  'agent.beat': message(
    'agent',
    'node',
    'once a second: the first registers, the last says `left`',
    z.object({
      process: token,
      host: z.string().max(255),
      pid: z.number().int().nonnegative(),
      home: home.optional(),
      /** Grows with every beat of this process. */
      seq: z.number().int().nonnegative(),
      startedAtMs: ms,
      version: z.string().max(64),
      left: z.boolean(),
      instances: z.array(instanceBeat).max(10_000),
      /** What the process takes of its machine: of one core since the beat before, above 1 by threads; of all memory, from 0 to 1. */
      load: z.object({ cpu: z.number().nonnegative(), memory: z.number().nonnegative() }).optional(),
    }),
  ),
  'agent.heard': message(
    'node',
    'agent',
    'answers a beat, by the owner of runs that the process works for: what it still counts on',
    z.object({
      process: token,
      startedAtMs: ms,
      seq: z.number().int().nonnegative(),
      attempts: z.array(attemptRef).max(10_000),
    }),
  ),
} as const;
