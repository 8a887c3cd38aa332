/** `tutti convert`: a workflow of another form as a file of ours. Every other command reads such files as they are. */
import { resolve } from 'node:path';
import { WORKFLOW_LIMITS } from '@tutti/contracts';
import { convertWorkflow } from '@tutti/planner';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { findingLine } from '../explain.ts';
import { readLimited } from '../text-file.adapter.ts';

/** The file goes to standard output, what has no exact form in it to standard error. */
export async function convert({ io, globals }: Cli, file: string): Promise<number> {
  const bytes = await readLimited(resolve(io.cwd, file), WORKFLOW_LIMITS.fileBytes, file);
  const { text, findings } = convertWorkflow(bytes, { file });
  io.stdout.write(text);
  if (globals.output !== 'quiet') for (const finding of findings) io.stderr.write(`${findingLine(finding)}\n`);
  return EXIT.done;
}
