/** A process with a program that starts another one: says the ids of both and of its reaper, and waits to be killed. */
import { commandAgent } from './agent.ts';
import { reaper } from './reaper.adapter.ts';

const lasting = 'setInterval(()=>{},1000)';
const child = `process.on('SIGTERM',()=>{});${lasting}`;
const parent = `const c=require('child_process').spawn(process.execPath,['-e',${JSON.stringify(child)}]);console.error(process.pid+' '+c.pid);${lasting}`;
const ignore = (): void => undefined;
const log = (line: string): void => void process.stdout.write(`${line} ${reaper.start()}\n`);

await commandAgent('lasting', { command: [process.execPath, '-e', parent] }).run({
  input: {},
  context: { version: 0, read: async () => undefined, set: ignore, delete: ignore },
  progress: ignore,
  log: { debug: log, info: log, warn: log, error: log },
  signal: new AbortController().signal,
  ...{ attempt: 1, idempotencyKey: 'r/s', epoch: 1, run: 'r', step: 's' },
});
