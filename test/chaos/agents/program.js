// The program that the agents of `programs.ts` run: JSON in, JSON out, and a ledger of its own (see `ledger.ts`), since it may
// outlive the process that started it.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** As in `ledger.ts`, which this plain program cannot import. */
const TICK_MS = 50;

const by = process.env.TUTTI_CHAOS_NAME ?? 'unnamed';
const file = join(process.env.TUTTI_CHAOS_LEDGER ?? '.', `${by}-${process.pid}.jsonl`);

let stdin = '';
for await (const chunk of process.stdin) stdin += chunk;
const { input, run, step, attempt, idempotencyKey: key } = JSON.parse(stdin);

function write(what, text) {
  const line = {
    what,
    id: `${by}/${process.pid}/1`,
    by,
    pid: process.pid,
    run,
    step,
    attempt,
    key,
    at: Date.now(),
    text,
  };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

process.once('SIGTERM', () => {
  write('stop');
  process.exit(1);
});
write('start');
setInterval(() => write('tick'), TICK_MS);
setTimeout(
  () => {
    if (attempt <= Number(input.fails ?? 0)) {
      write('stop');
      process.exit(1);
    }
    const text = `${run}/${step}/${attempt}@${process.pid}/${Date.now()}`;
    write('end', text);
    process.stdout.write(JSON.stringify({ text }), () => process.exit(0));
  },
  Number(input.ms ?? 0),
);
