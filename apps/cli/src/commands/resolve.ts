/** `tutti conflicts` and `resolve`: what two agents wrote to one place, and which of it holds. Runs of a cluster only. */
import { type ConflictTake, TuttiError } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { assertRunId, knownRun } from '../known-run.ts';
import { conflictLines, decidedBy } from '../render/conflict-lines.ts';
import { resolveOutput } from '../render/create-renderer.ts';
import { openRemote } from '../session.ts';
import { oneLine } from '../text/clean.ts';
import { order, parsed, shortComment, whoAsks } from './operate.ts';
import { whereOf } from './show.ts';

/** Lists the open conflicts, whole as JSON with `--output json`. Ends 4 while there are any. */
export async function conflicts(cli: Cli, run: string): Promise<number> {
  const { io, globals } = cli;
  assertRunId(run, 'RUN');
  const session = await openRemote(cli);
  try {
    const view = await knownRun(run, session.client.status(run));
    const open = view.conflicts.filter(({ resolved }) => resolved === undefined);
    const output = resolveOutput(globals.output, io);
    if (output === 'json') io.stdout.write(`${JSON.stringify(open)}\n`);
    else if (output !== 'quiet') for (const line of lines(cli, run, open)) io.stdout.write(`${line}\n`);
    return open.length === 0 ? EXIT.done : EXIT.conflict;
  } finally {
    await session.close();
  }
}

const lines = (cli: Cli, run: string, open: Parameters<typeof conflictLines>[0]): readonly string[] =>
  open.length === 0
    ? [`${run}: no conflict is open`]
    : conflictLines(open, decidedBy(run, whereOf(cli)), Number.POSITIVE_INFINITY);

interface ResolveOptions {
  readonly take?: 'kept' | 'refused';
  readonly value?: string;
  readonly by?: string;
  readonly comment?: string;
  readonly over?: number;
}

/** Characters of a conflict's id. */
const MOST_ID = 64;

export function resolve(cli: Cli, run: string, conflict: string, options: ResolveOptions): Promise<number> {
  if (conflict === '' || conflict.length > MOST_ID)
    throw new TuttiError('bad_usage', `CONFLICT takes an id as \`tutti conflicts ${run}\` shows it, such as 12-1`);
  const { comment, over } = options;
  const decision = {
    ...{ conflict, take: takeOf(options), by: whoAsks(cli, options.by) },
    ...(comment === undefined ? {} : { comment: shortComment(comment) }),
    ...(over === undefined ? {} : { over }),
  };
  const word = typeof decision.take === 'string' ? decision.take : 'the value given';
  const did = oneLine(`conflict ${conflict} is decided by ${decision.by}: ${word}`);
  return order(cli, run, (client) => client.resolve(run, decision), did);
}

function takeOf({ take, value }: ResolveOptions): ConflictTake {
  if ((take === undefined) === (value === undefined))
    throw new TuttiError('bad_usage', 'Say what holds: --take kept, --take refused, or --value JSON; one of them');
  return take ?? { value: parsed(value ?? '', '--value') };
}
