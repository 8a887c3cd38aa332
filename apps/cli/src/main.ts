/** Composition of the program: the real process, the commands, and the one place where an error becomes words. */

import { endSoon, onCrash, processIo } from './io.adapter.ts';
import type { Io } from './io.ts';
import { runProgram } from './program.ts';

/** Tells an error on standard error and returns the exit code that goes with it. */
async function report(thrown: unknown, io: Io, debug: boolean): Promise<number> {
  const [{ TuttiError }, { BadFileError, explain, findingLine }, { exitCode }] = await Promise.all([
    import('@tutti/contracts'),
    import('./explain.ts'),
    import('./exit-code.ts'),
  ]);
  if (thrown instanceof BadFileError) {
    // What was merely noted is for `tutti lint`; here it would hide why the file is refused.
    const shown = thrown.findings.filter((finding) => finding.severity !== 'note');
    for (const finding of shown) io.stderr.write(`${findingLine(finding)}\n`);
  }
  io.stderr.write(`${explain(thrown, { debug })}\n`);
  return exitCode({ error: TuttiError.from(thrown).code });
}

/** Before the options are read: `--log-level debug` decides whether a stack may be shown. */
function wantsDebug(argv: readonly string[]): boolean {
  return argv.includes('--log-level=debug') || argv[argv.indexOf('--log-level') + 1] === 'debug';
}

/** Runs the program with a given process; never rejects. */
export async function runWith(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await runProgram(argv, io);
  } catch (error) {
    return await report(error, io, wantsDebug(argv));
  }
}

/** The program `tutti`: resolves with its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const io = processIo();
  onCrash((error) => {
    const told = import('./guard-agents.ts').then(({ crashOf }) => report(crashOf(error), io, wantsDebug(argv)));
    void told.then((code) => io.exit(code));
  });
  const code = await runWith(argv, io);
  endSoon(code);
  return code;
}
