/** `tutti archive` and `tutti purge`: a run leaves the cluster, into a file or for good. */
import { resolve } from 'node:path';
import type { Client } from '@tutti/client';
import { ARCHIVE_VERSION, type RunArchive, type RunView, TuttiError, type TuttiEvent } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { assertRunId, knownRun } from '../known-run.ts';
import { resolveOutput } from '../render/create-renderer.ts';
import { openRemote } from '../session.ts';
import { plural } from '../text/units.ts';
import { assertNew, writeWhole } from '../whole-file.ts';

export interface ArchiveOptions {
  readonly to: string;
  readonly purge?: boolean;
}

/** What a command says it has done. */
interface Done {
  readonly line: string;
  readonly json: Readonly<Record<string, unknown>>;
}

async function withRun(cli: Cli, run: string, work: (client: Client) => Promise<Done>): Promise<number> {
  assertRunId(run, 'RUN');
  const session = await openRemote(cli);
  try {
    const { line, json } = await knownRun(run, work(session.client));
    const output = resolveOutput(cli.globals.output, cli.io);
    if (output === 'json') cli.io.stdout.write(`${JSON.stringify({ run, ...json })}\n`);
    else if (output !== 'quiet') cli.io.stdout.write(`${run}: ${line}\n`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

export function purge(cli: Cli, run: string): Promise<number> {
  return withRun(cli, run, async (client) => {
    const found = await client.purge(run);
    return { line: found ? 'purged' : 'nothing was kept of it', json: { purged: true, found } };
  });
}

export async function archive(cli: Cli, run: string, { to, purge: isPurged }: ArchiveOptions): Promise<number> {
  const path = resolve(cli.io.cwd, to);
  await assertNew(path, to);
  return withRun(cli, run, async (client) => {
    const archived = await archiveOf(client, run, cli.io.now());
    await writeWhole(path, `${JSON.stringify(archived, undefined, 2)}\n`);
    if (isPurged === true) await purgeArchived(client, archived.view);
    const what = `${plural(archived.events.length, 'event')} written to ${to}`;
    const json = { file: to, events: archived.events.length, purged: isPurged === true };
    return { line: isPurged === true ? `${what}; purged` : what, json };
  });
}

/** Rejects `run_active` when the run goes on, or went on while it was read: what is archived is whole. */
async function archiveOf(client: Client, run: string, nowMs: number): Promise<RunArchive> {
  const view = await endedView(client, run);
  const [{ definition, plan, inputs }, context] = await Promise.all([client.startedWith(run), client.context(run)]);
  const events: TuttiEvent[] = [];
  for await (const event of client.events(run)) events.push(event);
  assertSame(view, await endedView(client, run));
  return {
    ...{ format: 'tutti.run', version: ARCHIVE_VERSION, archivedAtMs: nowMs },
    ...{ definition, plan, inputs, view, events },
    context: { version: context.version, value: context.values[''] ?? {} },
  };
}

/** A run that was retried since it was read is not the one in the file. */
async function purgeArchived(client: Client, archived: RunView): Promise<void> {
  assertSame(archived, await endedView(client, archived.run));
  await client.purge(archived.run);
}

async function endedView(client: Client, run: string): Promise<RunView> {
  const view = await client.status(run);
  if (view.phase === 'ended') return view;
  throw new TuttiError('run_active', `The run ${run} is ${view.phase}; only a run that has ended is archived`);
}

function assertSame(before: RunView, now: RunView): void {
  if (before.lastSeq === now.lastSeq && before.submittedAtMs === now.submittedAtMs) return;
  throw new TuttiError('run_active', `The run ${before.run} went on while it was archived`);
}
