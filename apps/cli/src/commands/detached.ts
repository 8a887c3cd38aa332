/** `tutti run --detach`: gives a run to a cluster and leaves. */
import { type RunInputs, TuttiError } from '@tutti/contracts';
import { submitNotes } from '../at-submit.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { warningLines } from '../explain.ts';
import { fetched } from '../follow-remote.ts';
import { resolveOutput } from '../render/create-renderer.ts';

import { newRunId, openSession } from '../session.ts';
import type { OpenWorkflow } from '../workflow-file.ts';
import type { RunOptions } from './run.ts';

function assertDetachable({ globals }: Cli, { result }: RunOptions): void {
  if (globals.nats === undefined) {
    const why = 'a run of one process ends with it; name a cluster with --nats';
    throw new TuttiError('bad_usage', `--detach needs a cluster: ${why}`);
  }
  if (result !== undefined) {
    const instead = 'fetch it later with `tutti result RUN --result FILE`';
    throw new TuttiError('bad_usage', `--result has nothing to write with --detach: ${instead}`);
  }
}

/** Standard output is the id of the run and nothing else, so that a script can take it; the rest goes to standard error. */
export async function detached(
  cli: Cli,
  workflow: OpenWorkflow,
  inputs: RunInputs,
  options: RunOptions,
): Promise<number> {
  const { io, globals } = cli;
  assertDetachable(cli, options);
  const output = resolveOutput(globals.output, io);
  const note = (text: string): void => {
    if (output !== 'quiet') io.stderr.write(`${text}\n`);
  };
  for (const line of warningLines(workflow)) note(line);
  const { agents: agentFiles = [], instances } = options;
  const session = await openSession(cli, { workflow, agentFiles, instances, note });
  try {
    const { client } = session;
    if (output !== 'quiet') for (const line of await submitNotes(client, workflow)) note(line);
    const { definition } = workflow;
    const accepted = await client.submit({ run: options.runId ?? newRunId(definition), definition, inputs });
    const { run } = accepted;
    io.stdout.write(`${output === 'json' ? JSON.stringify(accepted) : run}\n`);
    note(`tutti: the run ${run} goes on in the cluster; \`tutti events ${run} --follow\` shows it, ${fetched(run)}`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}
