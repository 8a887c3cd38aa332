/** `tutti lint`: every finding of a workflow file, for people, for programs or for GitHub. */
import type { Finding } from '@tutti/contracts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { countFindings } from '../explain.ts';
import { paintFor } from '../render/create-renderer.ts';
import { githubLine } from '../render/github-lines.ts';
import { findingLines } from '../render/plan-lines.ts';
import { unloadedAgents } from '../unloaded-agents.ts';
import { checkWorkflow } from '../workflow-file.ts';

export type LintFormat = 'text' | 'json' | 'github';

export async function lint(cli: Cli, file: string, options: { readonly format: LintFormat }): Promise<number> {
  const { definition, findings } = await checkWorkflow(file, cli.io.cwd);
  const format = cli.globals.output === 'json' ? 'json' : options.format;
  if (cli.globals.output !== 'quiet') print(cli, file, findings, format);
  const unloaded = definition === undefined ? undefined : unloadedAgents(definition);
  if (format === 'text' && cli.globals.output !== 'quiet' && unloaded !== undefined)
    cli.io.stderr.write(`tutti: ${unloaded}\n`);
  return findings.some((finding) => finding.severity === 'error') ? EXIT.usage : EXIT.done;
}

function print({ io }: Cli, file: string, findings: readonly Finding[], format: LintFormat): void {
  if (format === 'json') {
    io.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
    return;
  }
  if (format === 'github') {
    for (const finding of findings) io.stdout.write(`${githubLine(finding)}\n`);
    return;
  }
  const paint = paintFor(io);
  for (const line of findingLines(findings)) io.stdout.write(`${paint(line)}\n`);
  io.stdout.write(`${file}: ${findings.length === 0 ? 'nothing to report' : countFindings(findings)}\n`);
}
