/** `tutti plan`: what would run when, and why. Runs nothing. */
import { reportPlan } from '@tutti/planner';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { paintFor } from '../render/create-renderer.ts';
import { planLines } from '../render/plan-lines.ts';
import { wantsUnicode } from '../text/line.ts';
import { openWorkflow } from '../workflow-file.ts';

/** Where nobody looks at a terminal, lines are not cut. */
const WIDE = 160;

export async function plan({ io, globals }: Cli, file: string, options: { readonly json?: boolean }): Promise<number> {
  const workflow = await openWorkflow(file, io.cwd);
  if (options.json === true || globals.output === 'json') {
    io.stdout.write(`${JSON.stringify(reportPlan(workflow.plan), null, 2)}\n`);
    return EXIT.done;
  }
  const paint = paintFor(io);
  const columns = io.stdout.isTTY ? io.stdout.size().columns : WIDE;
  const lines = planLines(workflow, { columns, unicode: wantsUnicode(io.env) });
  for (const line of lines) io.stdout.write(`${paint(line)}\n`);
  return EXIT.done;
}
