/** Client ↔ cluster. Any supervisor node takes an API call and passes it on to the owner of the run. */
import { z } from 'zod';
import { tuttiEvent } from '../events.ts';
import { token } from '../ids.ts';
import { planSchema } from '../plan.ts';
import { workflowDefinition } from '../workflow/definition.ts';
import { poolSpec } from '../workflow/pool.ts';
import { contextPath, workflowJson } from '../workflow/values.ts';
import { message } from './define.ts';
import { nodePool } from './node.ts';
import {
  brokerState,
  conflict,
  conflictId,
  conflictTake,
  errorBody,
  ms,
  person,
  validationResult,
  version,
} from './shared.ts';

/** How a run ended. `conflicted`: done, but a conflict of the context waits for a person. */
export const runOutcome = z.enum(['succeeded', 'partial', 'failed', 'conflicted', 'timed_out', 'cancelled']);
export type RunOutcome = z.infer<typeof runOutcome>;

export const runPhase = z.enum(['recovering', 'running', 'cancelling', 'ended']);

export const stepStatus = z.enum([
  'pending',
  'queued',
  'placing',
  'running',
  'waiting',
  'backoff',
  'succeeded',
  'failed',
  'skipped',
  'cancelled',
]);
export type StepStatus = z.infer<typeof stepStatus>;

/** What a step that does not run waits for, and since when. */
export const waitsOn = z.object({
  kind: z.enum(['step', 'group', 'pool', 'instance', 'backoff', 'recovery', 'pause', 'person', 'signal']),
  /** Ids of what is awaited, or of who holds it. */
  names: z.array(z.string()).max(64),
  reason: z.string(),
  sinceMs: ms,
});
export type WaitsOn = z.infer<typeof waitsOn>;

/** What was answered to a step that waits for it. `how`: by whom it was given, or that the time was over. */
export const answer = z.object({
  how: z.enum(['person', 'timeout', 'signal']),
  by: person,
  atMs: ms,
  /** Of an approval. */
  approved: z.boolean().optional(),
  comment: z.string().max(2_000).optional(),
  /** Of a signal. */
  data: workflowJson.optional(),
});
export type Answer = z.infer<typeof answer>;

export const stepView = z.object({
  id: z.string(),
  agent: z.string(),
  group: z.string().optional(),
  status: stepStatus,
  attempt: z.number().int().nonnegative(),
  instance: z.string().optional(),
  readyAtMs: ms.optional(),
  grantedAtMs: ms.optional(),
  startedAtMs: ms.optional(),
  endedAtMs: ms.optional(),
  version: version.optional(),
  waitsOn: waitsOn.optional(),
  /** Its agent had done this work before, and gave what came of it. */
  cached: z.literal(true).optional(),
  /** Of a step that waits for a person or a signal: until when it does. */
  dueAtMs: ms.optional(),
  answer: answer.optional(),
  error: errorBody.optional(),
});
export type StepView = z.infer<typeof stepView>;

export const groupView = z.object({
  id: z.string(),
  state: z.string(),
  decision: z.string().optional(),
  missing: z.array(z.string()),
});

export type GroupView = z.infer<typeof groupView>;

/** One validation of a run: who judges whose result, how that stands, and what came of it. */
export const validationView = z.object({
  id: z.string(),
  group: z.string(),
  validator: z.string(),
  of: z.string(),
  status: z.enum(['pending', 'waiting', 'running', 'over']),
  waitsOn: waitsOn.optional(),
  startedAtMs: ms.optional(),
  endedAtMs: ms.optional(),
  /** Once it is over. */
  result: validationResult.optional(),
});
export type ValidationView = z.infer<typeof validationView>;

/** A run that starts no step until it is resumed: since when, and who wants it so. */
export const pausedBy = z.object({ sinceMs: ms, by: person, reason: z.string().max(500).optional() });
export type PausedBy = z.infer<typeof pausedBy>;

/** A run as a person may look at it. Times are ms since 1970. */
export const runView = z.object({
  run: token,
  workflow: z.string(),
  planHash: z.string(),
  phase: runPhase,
  outcome: runOutcome.optional(),
  reason: z.string().optional(),
  error: errorBody.optional(),
  submittedAtMs: ms,
  endedAtMs: ms.optional(),
  /** When it will end by what has happened so far; absent before the first forecast, and when it has ended. */
  predictedEndMs: ms.optional(),
  paused: pausedBy.optional(),
  /** How often the run was retried after it had ended; absent: never. */
  retries: z.number().int().positive().optional(),
  contextVersion: version,
  /** Sequence of the last event of the run. */
  lastSeq: z.number().int().nonnegative(),
  owner: z.string(),
  steps: z.array(stepView),
  groups: z.array(groupView),
  /** What is judged after joins; absent: nothing. */
  validations: z.array(validationView).optional(),
  conflicts: z.array(conflict),
  /** What the run was given; there only until the first commit, for then the context tells it. */
  inputs: z.record(z.string(), workflowJson).optional(),
});
export type RunView = z.infer<typeof runView>;

export const runRow = runView
  .pick({
    run: true,
    workflow: true,
    phase: true,
    outcome: true,
    submittedAtMs: true,
    endedAtMs: true,
    paused: true,
    owner: true,
  })
  .extend({
    /** Steps that succeeded. */
    stepsDone: z.number().int(),
    steps: z.number().int(),
  });
export type RunRow = z.infer<typeof runRow>;

const inputs = z.record(z.string(), workflowJson);

export const apiMessages = {
  'run.submit': message(
    'client',
    'node',
    'plans and starts a run; repeating it with the same run id answers the same',
    z.object({ run: token, definition: workflowDefinition, inputs: inputs }),
    ['run.accepted'],
  ),
  'workflow.start': message(
    'node',
    'workflow',
    'starts the actor of a run with its plan; the first record of the journal that a user caused',
    z.object({
      run: token,
      definition: workflowDefinition,
      plan: planSchema,
      inputs: inputs,
      /** Under which it was planned; absent: that of the definition. */
      pool: poolSpec.optional(),
    }),
    ['run.accepted'],
  ),
  'run.accepted': message(
    'workflow',
    'client',
    'the run is journaled and will end in a recorded outcome',
    z.object({ run: token, planHash: z.string(), duplicate: z.boolean() }),
  ),
  'run.cancel': message(
    'client',
    'workflow',
    'ends a run early; idempotent',
    z.object({ run: token, reason: z.string().max(500) }),
    ['run.state'],
  ),
  'run.pause': message(
    'client',
    'workflow',
    'lets a run start no further step; running ones end and count; idempotent, the first one to pause is named',
    z.object({ run: token, by: person, reason: z.string().max(500).optional() }),
    ['run.state'],
  ),
  'run.resume': message(
    'client',
    'workflow',
    'lets a paused run go on; idempotent',
    z.object({ run: token, by: person }),
    ['run.state'],
  ),
  'run.retry': message(
    'client',
    'workflow',
    'lets a run that has failed go on: finished work stays, a step and what follows from it run again; once a request',
    z.object({
      run: token,
      /** Where to begin; absent: every step that did not succeed. */
      step: token.optional(),
      by: person,
      /** A new id for each wish: the same one again is answered, not done again. */
      request: token,
    }),
    ['run.state'],
  ),
  'run.approve': message(
    'client',
    'workflow',
    'a person answers a step of type approval: the first answer counts, the same one again answers the same',
    z.object({
      run: token,
      step: token,
      approved: z.boolean(),
      by: person,
      comment: z.string().max(2_000).optional(),
    }),
    ['run.state'],
  ),
  'run.signal': message(
    'client',
    'workflow',
    'gives a run the signal of a name, kept for steps that wait for it now or later: the first one counts',
    z.object({ run: token, name: token, by: person, data: workflowJson.optional() }),
    ['run.state'],
  ),
  'run.resolve': message(
    'client',
    'workflow',
    'a person decides a conflict, while the run goes on or after its end: the first decision counts, the same one again answers the same',
    z.object({
      run: token,
      conflict: conflictId,
      take: conflictTake,
      by: person,
      comment: z.string().max(2_000).optional(),
      /** The newest version that the person has seen, where the place was written again after the conflict. */
      over: version.optional(),
    }),
    ['run.state'],
  ),
  'run.purge': message(
    'client',
    'workflow',
    'deletes all that is kept of a run that has ended or lies aside; idempotent; taken by its host, not by the run itself',
    z.object({ run: token }),
    ['run.purged'],
  ),
  'run.purged': message(
    'node',
    'client',
    'nothing is kept of the run any more; `found`: something was until now',
    z.object({ run: token, found: z.boolean() }),
  ),
  'run.status': message('client', 'workflow', 'asks how the run stands', z.object({ run: token }), ['run.state']),
  'run.state': message('workflow', 'client', 'how the run stands', runView),
  'run.events': message(
    'client',
    'workflow',
    'asks for the recorded events of a run from a sequence, to fill a gap',
    z.object({ run: token, fromSeq: z.number().int().nonnegative(), limit: z.number().int().positive().max(10_000) }),
    ['run.recorded'],
  ),
  'run.recorded': message(
    'workflow',
    'client',
    'events in order; `complete` when none is left after the last',
    z.object({ run: token, events: z.array(tuttiEvent), complete: z.boolean() }),
  ),
  'run.describe': message('client', 'workflow', 'asks what a run was started with', z.object({ run: token }), [
    'run.described',
  ]),
  'run.described': message(
    'workflow',
    'client',
    'what the run was started with: its definition, its plan, its inputs',
    z.object({ run: token, definition: workflowDefinition, plan: planSchema, inputs: inputs }),
  ),
  'run.context': message(
    'client',
    'node',
    'reads the context of a run at one version',
    z.object({ run: token, paths: z.array(contextPath).max(1_000), version: version.optional() }),
    ['context.snapshot'],
  ),
  'run.list': message(
    'client',
    'node',
    'lists runs, newest first',
    z.object({ limit: z.number().int().positive().max(1_000) }),
    ['run.listed'],
  ),
  'run.listed': message(
    'node',
    'client',
    'runs, newest first',
    z.object({
      runs: z.array(runRow),
      more: z.boolean(),
      /** From one node to another: shards whose runs are all among them. */
      shards: z.array(z.number().int().nonnegative()).max(4_096).optional(),
      /** Present when runs may lack: how many shards nobody answered for, and which nodes were silent. */
      incomplete: z.object({ shards: z.number().int().positive(), nodes: z.array(z.string()).max(64) }).optional(),
    }),
  ),
  'node.runs': message(
    'node',
    'node',
    'asks one node for the runs it hosts',
    // One more than a client may ask for: it says whether there are more.
    z.object({ limit: z.number().int().positive().max(1_001) }),
    ['run.listed'],
  ),
  'cluster.describe': message('client', 'node', 'asks for nodes and agents as this node sees them', z.object({}), [
    'cluster.state',
  ]),
  'cluster.state': message(
    'node',
    'client',
    'nodes and agent instances that are alive',
    z.object({
      nodes: z.array(
        z.object({
          node: z.string(),
          roles: z.array(z.string()),
          shards: z.number().int(),
          version: z.string(),
          seenMs: ms,
          /** What its writes meet of the broker; absent when all is well. */
          broker: brokerState.optional(),
          /** Of a node that may manage the pool: what it was given, and whether it is the one that holds. */
          pool: nodePool.optional(),
        }),
      ),
      instances: z.array(
        z.object({
          role: z.string(),
          instance: z.string(),
          process: z.string(),
          host: z.string(),
          /** `idle`, `busy`, or `draining`: it takes no more work, and may still do some. */
          state: z.string(),
          attempt: z.string().optional(),
          /** Its process answers late, or its beats are late: others get work before it. */
          slow: z.literal(true).optional(),
        }),
      ),
    }),
  ),
  error: message('any', 'any', 'the call was refused; the body says why', z.object({ error: errorBody })),
} as const;
