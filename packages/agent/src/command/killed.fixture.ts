/**
 * A process to be killed. `lasting`: with a program that starts children in its own group, in one and in a session of their own; says
 * its reaper's id and those of all of them. `storm`: starts programs that stay, one after the other, two at a time.
 */
import { commandAgent } from './agent.ts';
import { reaper } from './reaper.adapter.ts';

const ignore = (): void => undefined;
const stay = 'setInterval(()=>{},1000)';
const stubborn = `process.on('SIGTERM',()=>{});${stay}`;
const parent = `const {spawn}=require('child_process');const start=(options)=>spawn(process.execPath,['-e',${JSON.stringify(stubborn)}],options).pid;
console.error([process.pid,start({}),start({detached:true})].join(' '));${stay}`;

function execute(command: readonly [string, ...string[]], log: (line: string) => void): unknown {
  return commandAgent('some', { command }).run({
    ...{ input: {}, progress: ignore, signal: new AbortController().signal },
    context: { version: 0, read: async () => undefined, set: ignore, delete: ignore },
    log: { debug: log, info: log, warn: log, error: log },
    ...{ attempt: 1, idempotencyKey: 'r/s', epoch: 1, run: 'r', step: 's' },
  });
}

const say = (line: string): void => void process.stdout.write(`${reaper.pid} ${line}\n`);

async function storm(): Promise<void> {
  for (;;) {
    void execute(['sleep', '600'], ignore);
    await execute(['true'], ignore);
  }
}

if (process.argv[2] === 'lasting') await execute([process.execPath, '-e', parent], say);
else {
  await reaper.start();
  say('');
  await Promise.all([storm(), storm()]);
}
