/** A process of the cluster is killed in the middle of a run, over a real nats-server: the run ends as if nothing was. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Bus, connectNats } from '@tutti/bus';
import { type Client, createClient } from '@tutti/client';
import { type AgentProcess, type Node, POOL, ROLES, type Role, startAgentProcess, startNode } from '@tutti/cluster';
import { fnv1a, type MessageOf, shardOf, type TuttiEvent } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import { type NatsServer, startNatsServer } from '@tutti/testkit/nats-servers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VictimOptions } from './cluster/victim.ts';
import { diamond, WORKED, workers } from './cluster/workers.ts';

let server: NatsServer;
let bus: Bus;
let client: Client;
let survivor: Node;
const agents: AgentProcess[] = [];
const victims: ChildProcess[] = [];
const worked: string[] = [];

beforeEach(async () => {
  server = await startNatsServer();
  bus = await connectNats({ servers: server.url, name: 'survivor' });
  client = createClient({ bus });
  bus.subscribe(WORKED, ({ data }) => void worked.push(new TextDecoder().decode(data)));
});
afterEach(async () => {
  for (const child of victims.splice(0)) child.kill('SIGKILL');
  await Promise.all(agents.splice(0).map((each) => each.drain(1_000)));
  await survivor.stop();
  await bus.close();
  await server.stop();
  worked.length = 0;
});

/** A process of its own, once it says that it is ready. */
async function startVictim(options: VictimOptions): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('cluster/victim.ts', import.meta.url));
  const args = ['--import', 'tsx', '--conditions=@tutti/source', file, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  victims.push(child);
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the victim ended with ${code}`))),
  ]);
  return child;
}

async function startAgents(): Promise<void> {
  agents.push(await startAgentProcess({ bus, name: 'agents', agents: workers(bus, 'agents'), instances: 3 }));
}

/** A name that wins this shard from the surviving node: placement is by the highest hash. */
function winnerOf(role: Role, shard: number): string {
  const weight = (name: string): number => fnv1a(`${name}/${role}/${shard}`);
  for (let i = 0; ; i++) if (weight(`victim-${i}`) > weight('survivor')) return `victim-${i}`;
}

/** The next heartbeat of a node. */
const beatOf = (node: string): Promise<void> =>
  new Promise((resolve) => {
    const heard = bus.subscribe(survivor.ports.subjects.of('nodeBeat', { node }), () => {
      heard.unsubscribe();
      resolve();
    });
  });

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/**
 * The recorded events of a run once it is over; `act` is called once, when `step` has started. What a watcher saw live is not
 * compared: after a killed supervisor the numbers of events whose record was not written yet are given a second time.
 */
async function follow(run: string, step: string, act: () => Promise<void>): Promise<readonly TuttiEvent[]> {
  let acted: Promise<void> | undefined;
  for await (const event of client.watch(run)) {
    if (event.type === 'step.started' && event.data['step'] === step) acted ??= act();
  }
  if (acted === undefined) throw new Error(`step "${step}" never started`);
  await acted;
  const recorded: TuttiEvent[] = [];
  for await (const event of client.events(run)) recorded.push(event);
  return recorded;
}

const stepsOf = (events: readonly TuttiEvent[], type: TuttiEvent['type']): unknown[] =>
  events.filter((e) => e.type === type).map((e) => e.data['step']);

/** What every run owes, whoever was killed. */
async function expectWhole(events: readonly TuttiEvent[], run: string): Promise<void> {
  expect(events.at(-1)).toMatchObject({ type: 'run.finished', data: { outcome: 'succeeded', succeeded: 4 } });
  expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i + 1));
  expect(stepsOf(events, 'step.succeeded').sort()).toEqual(['first', 'last', 'left', 'right']);
  const { values } = await client.context(run, ['']);
  expect(values['']).toMatchObject({ first: { text: 'first' }, last: { text: 'last' } });
  const exchange = createExchange(survivor.ports, { identity: 'asker' });
  const to = survivor.ports.subjects.of('resources', { pool: POOL });
  const { message } = await exchange.ask(to, { type: 'resource.describe' } as MessageOf<'resource.describe'>, 5_000);
  expect(message).toMatchObject({ type: 'resource.state', leases: [], waiting: [], used: { agents: 0 } });
}

const timesWorked = (run: string, step: string): number => worked.filter((w) => w.startsWith(`${run}/${step}/`)).length;

describe('a killed node', () => {
  it.each([
    ['supervisor', shardOf('killed')],
    ['context', shardOf('killed')],
    ['resources', shardOf(POOL)],
  ] as const)('of %s: its runs go on elsewhere, nothing that ran is run again, no lease stays', async (role, shard) => {
    const name = winnerOf(role, shard);
    const victim = await startVictim({ url: server.url, name, roles: [role] });
    survivor = await startNode({ bus, name: 'survivor', roles: ROLES });
    await beatOf(name);
    const { nodes } = await client.describe();
    expect(nodes.map((n) => [n.node, n.roles])).toEqual([
      ['survivor', [...ROLES]],
      [name, [role]],
    ]);
    await startAgents();
    const { run } = await client.submit({ run: 'killed', definition: diamond() });
    const events = await follow(run, 'left', () => kill(victim));
    await expectWhole(events, run);
    for (const step of ['first', 'left', 'right', 'last']) expect([step, timesWorked(run, step)]).toEqual([step, 1]);
    if (role === 'supervisor') expect(events.map((e) => e.type)).toContain('run.recovered');
  });
});

it('a killed process of agents: its step runs again elsewhere, the finished one does not', async () => {
  survivor = await startNode({ bus, name: 'survivor', roles: ROLES });
  const victim = await startVictim({ url: server.url, name: 'mortal', agents: true });
  const { run } = await client.submit({ run: 'orphaned', definition: diamond() });
  const events = await follow(run, 'left', async () => {
    await kill(victim);
    await startAgents();
  });
  await expectWhole(events, run);
  expect(worked.filter((w) => w.startsWith(`${run}/first/`))).toEqual([`${run}/first/1@mortal`]);
  expect(timesWorked(run, 'left')).toBe(1);
});
