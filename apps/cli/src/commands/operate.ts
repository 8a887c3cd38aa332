/** `tutti pause`, `resume`, `retry`, `approve` and `signal`: orders to a run, each answered with what was done and how the run stands then. */
import { userInfo } from 'node:os';
import type { Client } from '@tutti/client';
import { isWorkflowJson, type RunView, TOKEN, TuttiError, type WorkflowJson } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { assertRunId, knownRun } from '../known-run.ts';
import { resolveOutput } from '../render/create-renderer.ts';
import { stateOf } from '../render/state.ts';
import { openRemote } from '../session.ts';
import { oneLine } from '../text/clean.ts';

interface ByOptions {
  readonly by?: string;
}

/** Characters of a name or a reason that a run keeps. */
const MOST_NAME = 128;
const MOST_TEXT = 500;

/** Who gives the order: the option, else the user whose process this is. */
export function whoAsks({ io }: Cli, by: string | undefined): string {
  const { USER, LOGNAME, USERNAME } = io.env;
  return short(by ?? (USER || LOGNAME || USERNAME || ownName()), '--by', MOST_NAME);
}

/** As the system knows the user; a user of a container may have no name there. */
function ownName(): string {
  try {
    return userInfo().username || 'somebody';
  } catch {
    return 'somebody';
  }
}

export function short(text: string, option: string, most: number = MOST_TEXT): string {
  if (text !== '' && text.length <= most) return text;
  throw new TuttiError('bad_usage', `${option} takes 1 to ${most} characters, not ${text.length}`);
}

/** Gives one order and prints what that did, if the run's state does not say it, and how the run stands then. */
export async function order(
  cli: Cli,
  run: string,
  give: (client: Client) => Promise<RunView>,
  did?: string,
): Promise<number> {
  const { io, globals } = cli;
  assertRunId(run, 'RUN');
  const session = await openRemote(cli);
  try {
    const view = await knownRun(run, give(session.client));
    const output = resolveOutput(globals.output, io);
    if (output === 'json') io.stdout.write(`${JSON.stringify(view)}\n`);
    else if (output !== 'quiet')
      io.stdout.write(`${run}: ${did === undefined ? '' : `${did}; `}${oneLine(stateOf(view))}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

export function pause(cli: Cli, run: string, options: ByOptions & { readonly reason?: string }): Promise<number> {
  const by = whoAsks(cli, options.by);
  const reason = options.reason === undefined ? undefined : short(options.reason, '--reason');
  return order(cli, run, (client) => client.pause(run, by, reason));
}

export function resume(cli: Cli, run: string, options: ByOptions): Promise<number> {
  const by = whoAsks(cli, options.by);
  return order(cli, run, (client) => client.resume(run, by));
}

export function retry(cli: Cli, run: string, options: ByOptions & { readonly from?: string }): Promise<number> {
  const { from } = options;
  if (from !== undefined) assertStepId(from, '--from');
  const by = whoAsks(cli, options.by);
  return order(cli, run, (client) => client.retry(run, { by, ...(from === undefined ? {} : { from }) }));
}

interface ApproveOptions extends ByOptions {
  readonly reject?: boolean;
  readonly comment?: string;
}

/** Characters of a comment. */
const MOST_COMMENT = 2_000;
export const shortComment = (comment: string): string => short(comment, '--comment', MOST_COMMENT);

export function approve(cli: Cli, run: string, step: string, options: ApproveOptions): Promise<number> {
  assertStepId(step);
  const { comment } = options;
  const told = comment === undefined ? {} : { comment: shortComment(comment) };
  const approval = { step, approved: options.reject !== true, by: whoAsks(cli, options.by), ...told };
  const did = `"${step}" is ${approval.approved ? 'approved' : 'rejected'} by ${oneLine(approval.by)}`;
  return order(cli, run, (client) => client.approve(run, approval), did);
}

export function signal(
  cli: Cli,
  run: string,
  name: string,
  options: ByOptions & { readonly data?: string },
): Promise<number> {
  assertStepId(name, 'NAME');
  const data = options.data === undefined ? {} : { data: parsed(options.data, '--data') };
  const by = whoAsks(cli, options.by);
  return order(cli, run, (client) => client.signal(run, { name, by, ...data }), `the signal "${name}" is given`);
}

export function assertStepId(id: string, where = 'STEP'): void {
  if (!TOKEN.test(id)) throw new TuttiError('bad_usage', `${where} ${JSON.stringify(id.slice(0, 80))} cannot be an id`);
}

export function parsed(text: string, option: string): WorkflowJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TuttiError(
      'bad_usage',
      `${option} is not JSON: ${error instanceof Error ? error.message : String(error)}; a text needs quotes of its own: ${option} '${JSON.stringify(text.slice(0, 40))}'`,
    );
  }
  if (isWorkflowJson(value)) return value;
  throw new TuttiError('bad_usage', `${option} is nested too deeply, or has a key that no data may have`);
}
