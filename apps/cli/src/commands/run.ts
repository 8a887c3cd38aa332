/** `tutti run`: plans a workflow file, runs it here or in a cluster, and shows how it goes. */
import type { Client } from '@tutti/client';
import { submitNotes } from '../at-submit.ts';
import type { Cli } from '../cli.ts';
import { warningLines } from '../explain.ts';
import { followRemote } from '../follow-remote.ts';
import type { Io } from '../io.ts';
import { assertRunId } from '../known-run.ts';
import { patientWatch } from '../patient-watch.ts';
import { expectedSteps } from '../recorded-run.ts';
import { createRenderer, resolveOutput } from '../render/create-renderer.ts';
import type { Renderer } from '../render/renderer.ts';
import { type InputFlags, readInputs } from '../run-inputs.ts';
import { assertWritable, tellResults } from '../run-results.ts';
import { newRunId, openSession, type Session } from '../session.ts';
import { unansweredLines } from '../unanswered.ts';
import { type RunSource, watchRun } from '../watch-run.ts';
import { openWorkflow } from '../workflow-file.ts';
import { detached } from './detached.ts';
import { whereOf } from './show.ts';

export interface RunOptions {
  readonly input: readonly string[];
  readonly inputsFile?: string;
  readonly runId?: string;
  readonly agents?: readonly string[];
  readonly instances?: number;
  readonly result?: string;
  /** Leaves once the cluster has taken the run. */
  readonly detach?: boolean;
  /** Said at the very end of a run that was not cancelled. */
  readonly next?: readonly string[];
}

const patientSource = (io: Io, client: Client, note: (text: string) => void): RunSource => ({
  watch: (id, options) => patientWatch(io, client, id, { ...options, note }),
  cancel: (id, reason) => client.cancel(id, reason),
});

export async function run(cli: Cli, file: string, options: RunOptions): Promise<number> {
  const { io, globals } = cli;
  if (options.runId !== undefined) assertRunId(options.runId, '--run-id');
  const workflow = await openWorkflow(file, io.cwd);
  const flags: InputFlags = { input: options.input, inputsFile: options.inputsFile, cwd: io.cwd };
  const inputs = await readInputs(workflow.definition, flags);
  if (options.detach === true) return detached(cli, workflow, inputs, options);
  await assertWritable(options.result, io.cwd);
  const output = resolveOutput(globals.output, io);
  const renderer = createRenderer({ io, output, expected: expectedSteps(workflow.definition), figures: true });
  // A run that ends well with a value missing says nothing of it: what the file is warned of comes first.
  if (output !== 'quiet') for (const line of warningLines(workflow)) renderer.note(line);
  const release = io.captureConsole((text) => renderer.note(text));
  let session: Session | undefined;
  try {
    session = await openSession(cli, {
      workflow,
      agentFiles: options.agents ?? [],
      instances: options.instances,
      note: renderer.note,
    });
    const { client } = session;
    if (globals.nats === undefined && output !== 'quiet')
      for (const line of unansweredLines(workflow.definition)) renderer.note(line);
    // The board shows the pool's use; in a list of events it would be noise of other runs.
    if (output === 'tui') session.onPool(renderer.event);
    session.onAlert(renderer.event);
    session.onBroker(renderer.event);
    if (globals.nats !== undefined && output !== 'quiet')
      for (const line of await submitNotes(client, workflow)) renderer.note(line);
    const runId = options.runId ?? newRunId(workflow.definition);
    const remote = globals.nats === undefined ? undefined : followRemote(cli, session, runId, output, renderer);
    const shown: Renderer = { ...renderer, event: remote?.event ?? renderer.event };
    const submit = () => client.submit({ run: runId, definition: workflow.definition, inputs }).then(remote?.submitted);
    const hints = async (outcome: string) => {
      const where = globals.nats === undefined ? undefined : whereOf(cli);
      const told = await tellResults({ client, run: runId, inputs, cwd: io.cwd, file: options.result, where });
      return [...told, ...(outcome === 'cancelled' ? [] : (options.next ?? []))];
    };
    const source = remote === undefined ? client : patientSource(io, client, renderer.note);
    const watched = watchRun({ io, source, run: runId, renderer: shown, submit, hints });
    return await (remote === undefined ? watched : watched.catch(remote.failed).finally(remote.stop));
  } finally {
    renderer.restore();
    await session?.close();
    release();
  }
}
