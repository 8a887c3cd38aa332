/** `tutti dev`: plans and lints again whenever the file changes, and runs it with `--run`, until Ctrl-C. */
import { dirname, resolve } from 'node:path';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { BadFileError, explain, findingLine } from '../explain.ts';
import type { Stop } from '../io.ts';
import { assertFile, isFile } from '../text-file.adapter.ts';
import { type Child, spawnSelf, watchFile } from '../watch-file.adapter.ts';
import { checkWorkflow } from '../workflow-file.ts';
import { plan } from './plan.ts';

export interface DevOptions {
  readonly run?: boolean;
  readonly input: readonly string[];
  readonly inputsFile?: string;
  readonly agents?: readonly string[];
  readonly instances?: number;
  readonly result?: string;
}

/** Editors write a file in several strokes; they are one change. */
const QUIET_MS = 150;

function runArgs({ globals }: Cli, file: string, options: DevOptions): string[] {
  const flag = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [name, String(value)];
  return [
    'run',
    file,
    ...options.input.flatMap((input) => ['--input', input]),
    ...(options.agents ?? []).flatMap((agents) => ['--agents', agents]),
    ...flag('--inputs-file', options.inputsFile),
    ...flag('-n', options.instances),
    ...flag('--result', options.result),
    ...flag('--nats', globals.nats),
    ...flag('--prefix', globals.prefix),
    ...flag('--output', globals.output),
    ...flag('--log-level', globals.logLevel),
  ];
}

/** One look at the file; what is wrong with it is told, and the watch goes on. */
async function look(cli: Cli, file: string): Promise<boolean> {
  try {
    await plan(cli, file, {});
    return true;
  } catch (error) {
    if (error instanceof BadFileError) {
      for (const finding of error.findings) cli.io.stderr.write(`${findingLine(finding)}\n`);
    }
    cli.io.stderr.write(`${explain(error, { debug: cli.globals.logLevel === 'debug' })}\n`);
    return false;
  }
}

export async function dev(cli: Cli, file: string, options: DevOptions): Promise<number> {
  const { io } = cli;
  assertFile(resolve(io.cwd, file), file);
  let wake: () => void = () => undefined;
  let changed = true;
  let stopping = false;
  let stopTimer = (): void => undefined;
  const child: { current: Child | undefined } = { current: undefined };
  const onChange = (): void => {
    stopTimer();
    stopTimer = io.after(QUIET_MS, () => {
      changed = true;
      child.current?.interrupt();
      wake();
    });
  };
  const agentFiles = watchMany(onChange);
  const stops = [
    watchFile(resolve(io.cwd, file), onChange),
    agentFiles.stop,
    io.onSignal((signal) => {
      stopping = true;
      // Ctrl-C reaches the child by itself; a SIGTERM was sent to this process alone.
      if (signal === 'SIGTERM') child.current?.interrupt();
      wake();
    }),
  ];
  try {
    while (!stopping) {
      if (!changed) await new Promise<void>((resolveWake) => (wake = resolveWake));
      if (stopping) break;
      changed = false;
      const good = await look(cli, file);
      if (options.run === true) agentFiles.watch(await filesOfAgents(cli, file, options));
      if (good && options.run === true && !changed) await runOnce(child, runArgs(cli, file, options));
      if (!stopping && !changed) io.stderr.write(`tutti: waiting for ${file} to change; Ctrl-C ends\n`);
    }
  } finally {
    for (const stop of stops) stop();
    stopTimer();
  }
  return EXIT.done;
}

/** The files whose change makes another run: what the workflow loads its agents from. Of a broken file: those given. */
async function filesOfAgents({ io }: Cli, file: string, { agents = [] }: DevOptions): Promise<readonly string[]> {
  const { definition } = await checkWorkflow(file, io.cwd);
  const folder = dirname(resolve(io.cwd, file));
  const named = (definition?.agentModules ?? []).map((module) => resolve(folder, module));
  return [...agents.map((each) => resolve(io.cwd, each)), ...named];
}

/** Watches the files that it was told last. */
function watchMany(onChange: () => void): { watch(paths: readonly string[]): void; readonly stop: Stop } {
  const watched = new Map<string, Stop>();
  const watch = (paths: readonly string[]): void => {
    for (const [path, stop] of watched) {
      if (paths.includes(path)) continue;
      stop();
      watched.delete(path);
    }
    for (const path of paths) if (!watched.has(path) && isFile(path)) watched.set(path, watchFile(path, onChange));
  };
  return { watch, stop: () => watch([]) };
}

async function runOnce(child: { current: Child | undefined }, args: readonly string[]): Promise<void> {
  child.current = spawnSelf(args);
  await child.current.ended;
  child.current = undefined;
}
