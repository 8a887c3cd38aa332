/** Reads the ledgers of the agents: what each execution was, when it began, and until when it is known to have gone on. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerWhat } from '../agents/ledger.ts';

/** One execution of an attempt; times are ms since 1970. */
export interface Execution {
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
  readonly key: string;
  /** Process of agents that it was given to, and the process that did it: itself, or a program of its own. */
  readonly by: string;
  readonly pid: number;
  readonly from: number;
  /** Of its last line: when it ended, or at most a tick before it was killed. */
  readonly to: number;
  /** `tick`: it was killed. `stop`: it failed or was aborted. */
  readonly last: LedgerWhat;
  /** What it gave. */
  readonly text?: string;
}

interface Line extends Omit<Execution, 'from' | 'to' | 'last'> {
  readonly what: LedgerWhat;
  readonly id: string;
  readonly at: number;
}

export async function readExecutions(folder: string): Promise<readonly Execution[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap(executionsOf);
}

/** The executions of one file. A last line without an end was being written when its writer was killed. */
export function executionsOf(text: string): readonly Execution[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const found = new Map<string, Execution>();
  for (const line of lines.filter((each) => each !== '')) {
    const { what, id, at, ...rest } = JSON.parse(line) as Line;
    const before = found.get(id);
    found.set(id, { ...before, ...rest, from: before?.from ?? at, to: at, last: what });
  }
  return [...found.values()];
}
