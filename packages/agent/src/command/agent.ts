/** A program as an agent: JSON on stdin, JSON on stdout, lines for the log on stderr. */
import { type AgentCache, TuttiError } from '@tutti/contracts';
import { type AgentDefinition, defineAgent, type Judgement, type RunArgs, type ValidateArgs } from '../define.ts';
import { type ProgramEnd, runProgram, timeoutSignal } from './program.adapter.ts';
import { createStderrLines } from './stderr-lines.ts';

export interface CommandAgentOptions {
  /** Program and arguments, passed as they are: no shell looks at them. */
  readonly command: readonly string[];
  readonly description?: string | undefined;
  /** Of one attempt, ms. The step's own time-out holds too; the shorter one ends the program. */
  readonly timeoutMs?: number | undefined;
  readonly cwd?: string | undefined;
  /** Added to the environment of the agent process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** It also takes requests of the kind `validate`. */
  readonly validates?: boolean | undefined;
  /** That its stdout follows from the `input` alone; see `AgentSpec.cache`. */
  readonly cache?: AgentCache | undefined;
  /** From SIGTERM to SIGKILL, ms. */
  readonly killGraceMs?: number | undefined;
}

/** Bytes of a program's whole output. */
export const MAX_STDOUT_BYTES = 16 * 1024 * 1024;
const KILL_GRACE_MS = 2_000;

/**
 * An agent that runs a program for each attempt. The program gets one JSON document on stdin,
 * `{ kind: "run", input, context: { version }, run, step, attempt, epoch, idempotencyKey }` (where its step has a prompt, that is
 * `input.prompt` and its `template` stands beside the input), and in its environment `TUTTI_KIND`,
 * `TUTTI_RUN`, `TUTTI_STEP`, `TUTTI_AGENT`, `TUTTI_ATTEMPT`, `TUTTI_EPOCH`, `TUTTI_IDEMPOTENCY_KEY` and `TUTTI_CONTEXT_VERSION`. All of its stdout is the result as
 * JSON (nothing: no result); each line of stderr goes to the log. An exit code other than 0 fails the attempt, which may
 * be tried again. One that `validates` is also given documents of the kind `validate`, which have `of`, `group` and `output` beside
 * the `input` of the judged step; it answers `{ "ok": true, "findings": [{ "path", "message", "severity" }] }`. On a cancel or time-out it is ended with its children: SIGTERM, after a grace SIGKILL.
 * @throws TuttiError `bad_agent_file` when there is no program.
 */
export function commandAgent(name: string, options: CommandAgentOptions): AgentDefinition {
  const program = options.command[0];
  if (program === undefined || program === '') {
    throw new TuttiError('bad_agent_file', `The agent "${name}" names no program in its command`);
  }
  return defineAgent({
    name,
    description: options.description ?? `runs ${program}`,
    ...(options.cache === undefined ? {} : { cache: options.cache }),
    run: (args) => runCommand(name, options, args, { kind: 'run', ...documentOf(args), ...templateOf(args) }),
    ...(options.validates === true ? { validate: (args) => validateBy(name, options, args) } : {}),
  }) as AgentDefinition;
}

/** What came is no more than JSON: whoever asked for the verdict looks whether it is one. */
async function validateBy(name: string, options: CommandAgentOptions, args: ValidateArgs): Promise<Judgement> {
  const { of, group, output } = args;
  const request = { kind: 'validate' as const, of, group, output, ...documentOf(args) };
  return (await runCommand(name, options, args, request)) as Judgement;
}

/** What requests of both kinds have in common. */
type Asked = Pick<RunArgs, 'input' | 'log' | 'signal' | 'attempt' | 'run' | 'step' | 'epoch' | 'idempotencyKey'> & {
  readonly context: { readonly version: number };
};

interface Request {
  readonly kind: 'run' | 'validate';
}

async function runCommand(name: string, options: CommandAgentOptions, args: Asked, request: Request): Promise<unknown> {
  const lines = createStderrLines((line) => args.log.info(line));
  const timeout = options.timeoutMs === undefined ? undefined : timeoutSignal(options.timeoutMs);
  const end = await runProgram({
    command: options.command,
    cwd: options.cwd,
    env: { ...options.env, ...environment(name, args), TUTTI_KIND: request.kind },
    stdin: `${JSON.stringify(request)}\n`,
    maxStdoutBytes: MAX_STDOUT_BYTES,
    killGraceMs: options.killGraceMs ?? KILL_GRACE_MS,
    signal: timeout === undefined ? args.signal : AbortSignal.any([args.signal, timeout]),
    onStderr: lines.push,
  }).catch((error: unknown) => {
    throw notStarted(options, error);
  });
  const stderr = lines.end();
  args.signal.throwIfAborted();
  if (timeout?.aborted === true) throw tooSlow(options);
  if (end.isTooLarge) throw tooLarge(options);
  if (end.exitCode !== 0) throw failed(options, end, stderr);
  return parse(options, end.stdout);
}

const documentOf = ({ input, context, run, step, attempt, epoch, idempotencyKey }: Asked) => {
  return { input, context: { version: context.version }, run, step, attempt, epoch, idempotencyKey };
};

const templateOf = ({ template }: RunArgs) => (template === undefined ? {} : { template });

const environment = (name: string, args: Asked): Record<string, string> => ({
  TUTTI_RUN: args.run,
  TUTTI_STEP: args.step,
  TUTTI_AGENT: name,
  TUTTI_ATTEMPT: String(args.attempt),
  TUTTI_EPOCH: String(args.epoch),
  TUTTI_IDEMPOTENCY_KEY: args.idempotencyKey,
  TUTTI_CONTEXT_VERSION: String(args.context.version),
});

function parse({ command }: CommandAgentOptions, stdout: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(stdout).trim();
    return text === '' ? undefined : JSON.parse(text);
  } catch (error) {
    const head = stdout.toString('utf8', 0, 200);
    throw new TuttiError(
      'bad_agent_output',
      `The stdout of ${command[0]} is not one JSON document (${(error as Error).message}); it begins ${JSON.stringify(head)}`,
      { details: { head }, cause: error },
    );
  }
}

const WHY_NOT: Readonly<Record<string, (message: string) => string>> = {
  ENOENT: (message) => `there is no such program in PATH, or no such file or folder (${message})`,
  EACCES: (message) => `it may not be executed (${message}); \`chmod +x\` it, or name what runs it: [sh, script.sh]`,
};

function notStarted({ command, cwd }: CommandAgentOptions, error: unknown): TuttiError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = WHY_NOT[code ?? '']?.(message) ?? message;
  const where = cwd === undefined ? '' : ` in ${cwd}`;
  return new TuttiError('agent_failed', `${command[0]} could not be started${where}: ${why}`, {
    // What is not there or may not be run will not be there a moment later; a lack of processes or memory passes.
    retryable: code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE',
    details: { code, cwd },
    cause: error,
  });
}

function tooSlow({ command, timeoutMs }: CommandAgentOptions): TuttiError {
  return new TuttiError('agent_timeout', `${command[0]} did not end within its own ${timeoutMs} ms`, {
    details: { timeoutMs },
  });
}

function tooLarge({ command }: CommandAgentOptions): TuttiError {
  return new TuttiError('bad_agent_output', `The stdout of ${command[0]} is over ${MAX_STDOUT_BYTES} bytes`, {
    details: { limit: MAX_STDOUT_BYTES },
  });
}

/** Lines in which an error that was printed says nothing: frames of its stack, brackets, members, the version of Node. */
const NO_WORDS = /^\s*(at .+|[\^{}[\](),;]+|(code|errno|syscall|path|spawnargs|requireStack): .*|Node\.js v[\d.]+)$/;

function telling(lines: readonly string[]): readonly string[] {
  const words = lines.filter((line) => !NO_WORDS.test(line));
  return words.length === 0 ? lines : words;
}

function failed({ command }: CommandAgentOptions, end: ProgramEnd, stderr: readonly string[]): TuttiError {
  const how = end.exitCode === null ? `was ended by ${end.exitSignal}` : `ended with exit code ${end.exitCode}`;
  const words = telling(stderr).slice(-5).join(' | ');
  const last = stderr.length === 0 ? 'It said nothing on stderr' : `Its last words: ${words}`;
  return new TuttiError('agent_failed', `${command[0]} ${how}. ${last}`, {
    details: { exitCode: end.exitCode, signal: end.exitSignal, stderr },
  });
}
