/**
 * The commands and their options. Each command's module is imported when it is called, so that `tutti plan` does not
 * wait for a cluster to load.
 */
import { ERRORS } from '@tutti/contracts';
import type { LogLevel } from '@tutti/telemetry';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type Cli, DEFAULT_PREFIX, type Globals, VERSION } from './cli.ts';
import type { Io } from './io.ts';
import { OUTPUTS } from './render/renderer.ts';

/** A command's module: its arguments as commander gives them, variadic ones as a list, then its own options. */
type Run = (cli: Cli, ...rest: never[]) => Promise<number>;

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[];

/** Commander's own refusals are usage errors. */
const USAGE_EXIT = 2;

/** Most instances of each agent in one process. */
const MOST_INSTANCES = 1_000;

/** Most ended runs that may be kept by number: a node remembers the name of each. */
const MOST_KEPT = 1_000_000;

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

const oneOf =
  (...allowed: readonly number[]) =>
  (text: string): number => {
    const value = allowed.find((each) => String(each) === text);
    if (value !== undefined) return value;
    throw new InvalidArgumentError(`It must be ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}.`);
  };

/** Milliseconds of a unit of time. */
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Bounds of `--alone`, ms: a broker takes some seconds to start again, and a crash must not keep a pool for a day. */
const ALONE_FROM_MS = 5_000;
const ALONE_TO_MS = 3_600_000;

function aloneFor(text: string): number {
  const ms = keptFor(text);
  if (ms >= ALONE_FROM_MS && ms <= ALONE_TO_MS) return ms;
  throw new InvalidArgumentError('It must be from 5s to 1h.');
}

/** Bounds of `--metrics`, ms. */
const MEASURED_FROM_MS = 1_000;
const MEASURED_TO_MS = 3_600_000;

function measuredEach(text: string): number {
  const ms = keptFor(text);
  if (ms >= MEASURED_FROM_MS && ms <= MEASURED_TO_MS) return ms;
  throw new InvalidArgumentError('It must be from 1s to 1h.');
}

/** The same option for both kinds of processes. */
const METRICS = 'publish what it measures as JSON, each time so long has passed, such as 10s; default: never';

/** Milliseconds of `90s`, `30m`, `12h` or `30d`. */
function keptFor(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNITS_MS[unit];
  if (unitMs !== undefined) return Number(count) * unitMs;
  throw new InvalidArgumentError('It must be a whole number and its unit: s, m, h or d, such as 30d.');
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function globalOptions(program: Command): void {
  program
    .addOption(
      new Option('--nats <url>', 'URL of the NATS server; without it all runs in this process').env('TUTTI_NATS'),
    )
    .addOption(
      new Option('--prefix <token>', 'first token of every subject').default(DEFAULT_PREFIX).env('TUTTI_PREFIX'),
    )
    .addOption(new Option('--output <form>', 'how to show what happens').choices(OUTPUTS).default('auto'))
    .addOption(new Option('--log-level <level>', 'diagnostics on standard error').choices(LOG_LEVELS))
    .version(VERSION, '-V, --version', 'print the version');
}

function runOptions(command: Command): Command {
  return command
    .option('-i, --input <key=value>', 'an input of the run (key=@file reads a file); repeatable', collect, [])
    .option('--inputs-file <file.json>', 'a JSON object with the inputs')
    .option('--agents <file>', 'a file that exports agents; repeatable', collect, [])
    .option('-n, --instances <number>', 'instances of each agent in this process', whole(1, MOST_INSTANCES))
    .option('--result <file.json>', 'write what the run left in its context to this file');
}

function planOptions(command: Command): Command {
  return command
    .option('--json', 'print the plan as JSON')
    .option('--mermaid', 'print its graph for Mermaid')
    .option('--dot', 'print its graph for Graphviz')
    .option('--svg', 'print its chart as an SVG')
    .option('--what-if <changes>', 'plan under other circumstances too: agents=5,cpu=200,architect=3m')
    .option('--history <file>', 'estimate by past runs: JSON lines as "tutti events RUN --output json" prints them')
    .option('--explain <step>', 'say why a step starts when it starts');
}

function localCommands(program: Command, wire: Wire): void {
  const run = program.command('run <file>').description('plan a workflow, run it and show how it goes');
  wire(
    runOptions(run)
      .option('--run-id <id>', 'id of the run; submitting it again changes nothing')
      .option('--detach', 'leave once the cluster has taken the run; print its id; needs --nats'),
    async () => (await import('./commands/run.ts')).run,
  );
  const start = program.command('start').description('run the example workflow in this process');
  wire(
    start.option('-i, --input <key=value>', 'an input of the example; repeatable', collect, []),
    async () => (await import('./commands/start.ts')).start,
  );
  const plan = program.command('plan <file>').description('show what would run when, and why');
  wire(planOptions(plan), async () => (await import('./commands/plan.ts')).plan);
  const lint = program.command('lint <file>').description('check a workflow file');
  const formats = new Option('--format <form>', 'how to print findings').choices(['text', 'json', 'github']);
  wire(lint.addOption(formats.default('text')), async () => (await import('./commands/lint.ts')).lint);
  const convert = program.command('convert <file>').description('print a workflow of another form as one of ours');
  wire(convert, async () => (await import('./commands/convert.ts')).convert);
  const dev = program.command('dev <file>').description('plan and lint again whenever the file changes');
  wire(runOptions(dev).option('--run', 'run it too'), async () => (await import('./commands/dev.ts')).dev);
  const schema = program.command('schema [what]').description('print a JSON Schema: workflow (default) or events');
  wire(schema, async () => (await import('./commands/schema.ts')).schema);
}

function clusterCommands(program: Command, wire: Wire): void {
  const up = program
    .command('up')
    .description('start a node of a cluster; needs --nats')
    .option('--roles <list>', 'roles of the node, by comma', 'supervisor,context,resources')
    .option('--name <name>', 'name of the node')
    .option('--pool <sizes>', 'what all runs of the cluster share: agents=3,cpu=100,memory=100 and named resources')
    .option(
      '--alerts <thresholds>',
      'what is told of the pool: queue_depth=3,response_time=180s, metric=off, every=10s',
    )
    .option(
      '--alone <duration>',
      'how long work goes on that no supervisor hears of, such as 60s; default: 20s',
      aloneFor,
    )
    .option('--replicas <number>', 'copies of each stream: 1, 3 or 5', oneOf(1, 3, 5), 1)
    .option('--keep <runs>', 'ended runs that the cluster keeps; default: all', whole(0, MOST_KEPT))
    .option('--metrics <duration>', METRICS, measuredEach)
    .option('--keep-for <duration>', 'how long an ended run is kept, such as 30d or 12h; default: for ever', keptFor);
  wire(up, async () => (await import('./commands/up.ts')).up);
  const agent = program.command('agent').description('agent processes');
  const agentStart = agent
    .command('start <files...>')
    .description('offer the agents of modules, or of workflow files (.yaml), to a cluster; needs --nats')
    .option('-n, --instances <number>', 'instances of each agent', whole(1, MOST_INSTANCES), 1)
    .option('--name <name>', 'name of the process')
    .option('--metrics <duration>', METRICS, measuredEach);
  wire(agentStart, async () => (await import('./commands/agent-start.ts')).agentStart);
  const agentLs = agent.command('ls').description('list the live agent instances');
  wire(agentLs, async () => (await import('./commands/agent-ls.ts')).agentLs);
  const doctor = program.command('doctor').description('check broker, versions, clocks and processes');
  wire(
    doctor.option('-q, --quiet', 'print only what is wrong'),
    async () => (await import('./commands/doctor.ts')).doctor,
  );
}

function runCommands(program: Command, wire: Wire): void {
  const ls = program.command('ls').description('list the runs of a cluster, newest first');
  wire(
    ls.option('--limit <number>', 'most runs to list', whole(1, 1_000), 50),
    async () => (await import('./commands/ls.ts')).ls,
  );
  const show = program.command('show <run>').description('show how a run stands');
  wire(show, async () => (await import('./commands/show.ts')).show);
  const metrics = program.command('metrics <run>').description('print the figures of a run');
  wire(metrics, async () => (await import('./commands/metrics.ts')).metrics);
  const why = program
    .command('why <run> [step]')
    .description('say where the time of a run went, or what a step of it waits for');
  wire(why, async () => (await import('./commands/why.ts')).why);
  const ctx = program.command('ctx <run> [path]').description('print the context of a run, and who wrote it');
  wire(
    ctx.option('--at <version>', 'as of this version; default: the newest', whole(0, Number.MAX_SAFE_INTEGER)),
    async () => (await import('./commands/ctx.ts')).ctx,
  );
  const result = program.command('result <run>').description('print what a run that has ended left in its context');
  wire(
    result.option('--result <file.json>', 'write it to this file instead'),
    async () => (await import('./commands/result.ts')).result,
  );
  const cancel = program.command('cancel <run>').description('end a run early');
  wire(
    cancel.option('--reason <text>', 'why', 'cancelled from the command line'),
    async () => (await import('./commands/cancel.ts')).cancel,
  );
  operateCommands(program, wire);
  keepCommands(program, wire);
  const events = program
    .command('events <run>')
    .description('print the events of a run')
    .option('--from <seq>', 'sequence of the first event', whole(1, Number.MAX_SAFE_INTEGER), 1)
    .option('--follow', 'go on until the run ends');
  wire(events, async () => (await import('./commands/events.ts')).events);
}

function letterCommands(program: Command, wire: Wire): void {
  const dlq = program.command('dlq').description('dead letters: what no machine could take');
  const ls = dlq.command('ls').description('list what lies aside, newest first');
  wire(
    ls.option('--limit <number>', 'most letters to list', whole(1, 1_000), 50),
    async () => (await import('./commands/dlq.ts')).dlqLs,
  );
  const show = dlq.command('show <letter>').description('show a letter with what it holds');
  wire(show, async () => (await import('./commands/dlq.ts')).dlqShow);
  const retry = dlq.command('retry <letter>').description('send a message again, or take a run up again');
  wire(retry, async () => (await import('./commands/dlq.ts')).dlqRetry);
  const drop = dlq
    .command('drop <letter>')
    .description('throw a message away that nothing could take; of a run: `dlq retry` or `purge` it instead');
  wire(drop, async () => (await import('./commands/dlq.ts')).dlqDrop);
}

const ordered = async () => import('./commands/operate.ts');
const deciding = async () => import('./commands/resolve.ts');

/** Orders to a run. */
function operateCommands(program: Command, wire: Wire): void {
  const by = (command: Command): Command =>
    command.option('--by <name>', 'who asks for it; default: the user of this process');
  const pause = by(program.command('pause <run>').description('let a run start no further step'));
  wire(pause.option('--reason <text>', 'why'), async () => (await ordered()).pause);
  const resume = by(program.command('resume <run>').description('let a paused run go on'));
  wire(resume, async () => (await ordered()).resume);
  const retry = by(program.command('retry <run>').description('let a run go on that has failed: finished work stays'));
  const from = 'the step to begin at; default: all that did not succeed';
  wire(retry.option('--from <step>', from), async () => (await ordered()).retry);
  const approve = by(program.command('approve <run> <step>').description('answer a step that waits for a person'));
  approve.option('--reject', 'reject it instead').option('--comment <text>', 'what following steps can read');
  wire(approve, async () => (await ordered()).approve);
  const signal = by(program.command('signal <run> <name>').description('give a run the signal that a step waits for'));
  wire(signal.option('--data <json>', 'what comes with it'), async () => (await ordered()).signal);
  const conflicts = program.command('conflicts <run>').description('list what waits for a person to decide');
  wire(conflicts, async () => (await deciding()).conflicts);
  const resolve = by(program.command('resolve <run> <conflict>').description('decide a conflict of a run'));
  resolve
    .addOption(new Option('--take <side>', 'what stands, or what was refused').choices(['kept', 'refused']))
    .option('--value <json>', 'another value instead')
    .option('--comment <text>', 'why')
    .option('--over <version>', 'the newest version seen, where the place was written again', whole(1, 1_000_000));
  wire(resolve, async () => (await deciding()).resolve);
}

/** Runs that have ended leave the cluster. */
function keepCommands(program: Command, wire: Wire): void {
  const archive = program.command('archive <run>').description('write a run that has ended to one file');
  archive.requiredOption('--to <file.json>', 'a file that is not there yet');
  wire(
    archive.option('--purge', 'purge the run once the file is whole and synced'),
    async () => (await import('./commands/archive.ts')).archive,
  );
  const purge = program.command('purge <run>').description('delete all that is kept of a run that has ended');
  wire(purge, async () => (await import('./commands/archive.ts')).purge);
}

type Wire = (command: Command, load: () => Promise<Run>) => void;

/**
 * Runs the command that `argv` names and returns its exit code. Rejects with what the command rejects with; what
 * commander refuses has been said on standard error by then.
 */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  let code = 0;
  const program = new Command('tutti')
    .description('Runs workflows of agents in parallel.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'tutti: ')),
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError(`  ${ERRORS.bad_usage.help} [bad_usage]`);
  globalOptions(program);
  const wire: Wire = (command, load) => {
    command.action(async (...all: unknown[]) => {
      // Commander gives the arguments, then the options, then the command itself.
      const args = all.slice(0, -1);
      const action = (await load()) as (cli: Cli, ...rest: unknown[]) => Promise<number>;
      code = await action({ io, globals: program.opts<Globals>() }, ...args);
    });
  };
  localCommands(program, wire);
  clusterCommands(program, wire);
  runCommands(program, wire);
  letterCommands(program, wire);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT;
    throw error;
  }
  return code;
}
