/** Ends the programs of agents that outlived whoever started them: known by the ledger, and only if they still are those. */
import { readFile } from 'node:fs/promises';
import { readExecutions } from '../work/executions.ts';

const PROGRAM = 'chaos/agents/program.js';

export async function endOrphans(ledger: string): Promise<void> {
  const pids = new Set((await readExecutions(ledger)).map(({ pid }) => pid));
  for (const pid of pids) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(PROGRAM)) process.kill(pid, 'SIGKILL');
  }
}
