/** The other process of a comparison: agents of one side, started by the bench, gone when the bench is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { serveBareAgents } from './bare/dag.ts';
import { serveScriptedAgents } from './makespan/serve.ts';
import { BODY, ROLES } from './seed-dag/definition.ts';
import { serveTuttiAgents } from './seed-dag/over-nats.ts';
import { printLine } from './time.adapter.ts';

const PROGRAM = fileURLToPath(new URL('../bin/bench.js', import.meta.url));
export type AgentSide = 'tutti' | 'bare' | 'makespan';

/** Starts the process; resolves with the way to end it once it says that it serves. */
export async function startAgents(side: AgentSide, url: string, instances: number): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [PROGRAM, 'agents', side, url, String(instances)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const first = await Promise.race([once(child.stdout, 'data'), exited.then(() => undefined)]);
  if (first === undefined) throw new Error(`The process of the ${side} agents ended before it served`);
  return async () => {
    child.stdin.end();
    await exited;
  };
}

export async function serveAgents(side: string, url: string, instances: number): Promise<void> {
  const stop = await serve(side, url, instances);
  process.stdin.resume();
  const ended = once(process.stdin, 'end');
  printLine('ready');
  await ended;
  await stop();
}

function serve(side: string, url: string, instances: number): Promise<() => Promise<void>> {
  if (side === 'bare') return serveBareAgents(url, ROLES, BODY);
  return side === 'makespan' ? serveScriptedAgents(url, instances) : serveTuttiAgents(url, instances);
}
