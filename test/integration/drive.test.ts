/** `drive/drive.ts`, which the client's README shows: a program of its own drives a run, also while the broker is away. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defineAgent } from '@tutti/agent';
import { connectNats } from '@tutti/bus';
import { ROLES, startAgentProcess, startNode } from '@tutti/cluster';
import { startNatsServer } from '@tutti/testkit/nats-servers';
import { expect, it, onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('drive/drive.ts', import.meta.url));
const WORKFLOW = `workflow: { id: greeting }
inputs: { who: string, how: { type: string, default: Hello } }
steps:
  greet: { inputs: [inputs.who, inputs.how], outputs: [text] }
`;

async function cluster(waitMs: number) {
  const server = await startNatsServer();
  onTestFinished(() => server.stop());
  const bus = await connectNats({ servers: server.url, name: 'node' });
  const node = await startNode({ bus, roles: ROLES });
  let begun = (): void => undefined;
  const working = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const greet = defineAgent({
    name: 'greet',
    async run({ input }) {
      begun();
      await pause(waitMs);
      return { text: `${input['how']}, ${input['who']}` };
    },
  });
  const agents = await startAgentProcess({ bus, agents: [greet], instances: 1 });
  onTestFinished(async () => {
    await agents.drain(1_000);
    await node.stop();
    await bus.close();
  });
  return { server, working };
}

function drive(url: string, inputs: object) {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-drive-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'workflow.yaml');
  writeFileSync(file, WORKFLOW);
  const args = ['--import', 'tsx', '--conditions=@tutti/source', PROGRAM, file, url, JSON.stringify(inputs)];
  const child = spawn(process.execPath, args);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    said.err += String(chunk);
  });
  return { said, ended: once(child, 'close').then(([code]) => code as number) };
}

it('submits a file, follows the run through an outage of the broker, and prints what it left', async () => {
  const { server, working } = await cluster(2_000);
  const { said, ended } = drive(server.url, { who: 'Ann' });
  await working;
  // Else the word that it began is lost with the broker, and the step is adopted when that is back.
  await expect.poll(() => said.err, { timeout: 10_000 }).toContain('step.started ');
  await server.kill();
  await expect.poll(() => said.err, { timeout: 30_000 }).toContain('nobody answers');
  await server.restart();
  expect(await ended, said.err).toBe(0);
  // Each recorded event once, though the run was watched twice.
  for (const type of ['run.submitted', 'step.started', 'run.finished'])
    expect(said.err.split('\n').filter((line) => line.startsWith(`${type} `))).toHaveLength(1);
  expect(JSON.parse(said.out)).toMatchObject({ outcome: 'succeeded', context: { greet: { text: 'Hello, Ann' } } });
  expect(said.err).toContain('run.finished');
}, 60_000);

it('hears from the cluster which input is missing, and nothing runs', async () => {
  const { server } = await cluster(0);
  const { said, ended } = drive(server.url, {});
  expect(await ended).not.toBe(0);
  expect(said.err).toContain('needs the input "who"');
}, 60_000);
