/** Has an agent judge what another made: its `validate` is asked, and what it says is checked and cut to what a run keeps. */
import {
  FINDING_LIMITS,
  TuttiError,
  type ValidationAnswer,
  type ValidationFinding,
  validationFinding,
} from '@tutti/contracts';
import { z } from 'zod';
import { withAsked } from './asked.ts';
import type { AgentDefinition, AgentInput, ValidateArgs } from './define.ts';
import type { AttemptOrder, ExecutionPort } from './execute.ts';
import { jsonCopy } from './json-copy.ts';
import { assertReadable } from './reads.ts';

/** What the order of a validation has beside that of any attempt. */
type Validation = NonNullable<AttemptOrder['validation']>;

/** Any text of a finding is taken, and cut; `severity` and `ok` are not guessed. */
const judgement = z.object({
  ok: z.boolean(),
  findings: z
    .array(z.object({ ...validationFinding.shape, path: z.string().optional(), message: z.string() }))
    .default([]),
});

/**
 * The verdict of the agent; `skipped` where it has no `validate`.
 * @throws TuttiError `bad_agent_output` when it says something else than `{ ok, findings }`; whatever `validate` throws.
 */
export async function judge(
  agent: AgentDefinition,
  order: AttemptOrder,
  validation: Validation,
  port: ExecutionPort,
): Promise<ValidationAnswer> {
  port.abort.throwIfAborted();
  port.prepared();
  if (agent.validate === undefined) {
    const reason = `the agent "${agent.name}" has no \`validate\``;
    return { verdict: 'skipped', reason, findings: [] };
  }
  return answerOf(agent.name, await agent.validate(argsOf(order, validation, port)));
}

function argsOf(order: AttemptOrder, { of, group, output }: Validation, port: ExecutionPort): ValidateArgs {
  const { attempt, run, step, idempotencyKey, epoch } = order;
  const context = {
    version: order.base,
    read: async (path: string) => jsonCopy(await port.read(assertReadable(path, order.reads))),
  };
  const judged = { of, group, output: jsonCopy(output), input: jsonCopy(order.input) as AgentInput };
  return withAsked({ ...judged, context, attempt, run, step, idempotencyKey, epoch }, port);
}

function answerOf(agent: string, said: unknown): ValidationAnswer {
  const known = judgement.safeParse(said);
  if (!known.success) {
    const message = `The verdict of "${agent}" is not { ok, findings: [{ path?, message, severity }] }: ${z.prettifyError(known.error)}`;
    throw new TuttiError('bad_agent_output', message);
  }
  const { ok, findings } = known.data;
  const omitted = findings.length - FINDING_LIMITS.findings;
  return {
    verdict: ok ? 'passed' : 'failed',
    findings: findings.slice(0, FINDING_LIMITS.findings).map(cut),
    ...(omitted > 0 ? { omitted } : {}),
  };
}

const cut = ({ path, message, severity }: z.infer<typeof judgement>['findings'][number]): ValidationFinding => ({
  ...(path === undefined ? {} : { path: path.slice(0, FINDING_LIMITS.path) }),
  message: message.slice(0, FINDING_LIMITS.message),
  severity,
});
