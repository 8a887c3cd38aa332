/**
 * What an agent writes down outside of Tutti: one line of JSON for the start of an execution, one each 50 ms while it goes on,
 * and one for its end. A line is one write to a file opened for appending, so whoever is killed leaves whole lines.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** Environment: the folder of the ledger, and the name of the process that writes. */
export const LEDGER_FOLDER = 'TUTTI_CHAOS_LEDGER';
export const LEDGER_NAME = 'TUTTI_CHAOS_NAME';
/** Between two lines of an execution that goes on, ms: how exactly its end is known when it is killed. */
export const TICK_MS = 50;

export interface Work {
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
}

export type LedgerWhat = 'start' | 'tick' | 'end' | 'stop';

let executions = 0;

/** Begins an execution; the returned function ends it with what it gives, or, without, says that it was stopped. */
export function execute({ run, step, attempt, idempotencyKey }: Work): (text?: string) => void {
  const by = process.env[LEDGER_NAME] ?? 'unnamed';
  const file = join(process.env[LEDGER_FOLDER] ?? '.', `${by}-${process.pid}.jsonl`);
  const id = `${by}/${process.pid}/${++executions}`;
  const write = (what: LedgerWhat, text?: string): void => {
    const line = { what, id, by, pid: process.pid, run, step, attempt, key: idempotencyKey, at: Date.now(), text };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
  write('start');
  const ticking = setInterval(() => write('tick'), TICK_MS);
  return (text) => {
    clearInterval(ticking);
    write(text === undefined ? 'stop' : 'end', text);
  };
}
