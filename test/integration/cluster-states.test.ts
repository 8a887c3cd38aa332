/**
 * The supervisor that owns a run is killed with `kill -9` in each state of the run, over a real nats-server: the run goes on
 * elsewhere within two lease periods, no finished step runs again, a running one is adopted.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type AgentDefinition, defineAgent, type Judgement, type RunArgs, type ValidateArgs } from '@tutti/agent';
import { connectNats } from '@tutti/bus';
import { type Client, createClient } from '@tutti/client';
import { LEASE_MS, ROLES, startAgentProcess, startNode } from '@tutti/cluster';
import { fnv1a, shardOf, type TuttiEvent } from '@tutti/contracts';
import { workflow } from '@tutti/planner';
import { type NatsServer, startNatsServer } from '@tutti/testkit/nats-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DieAt } from './cluster/mortal-bus.ts';
import type { VictimOptions } from './cluster/victim.ts';

const RUN = 'mortal';
/** The instant at which the victim kills itself, by the state of the run then. */
const STATES: Readonly<Record<string, DieAt>> = {
  'it was accepted': { when: 'sent', type: 'run.accepted' },
  'a step waits for its grant': { when: 'sent', type: 'resource.acquire' },
  'a step has its grant': { when: 'heard', type: 'resource.answer' },
  'a step was handed to an instance': { when: 'sent', type: 'attempt.run', step: 'left' },
  'an instance accepted a step': { when: 'heard', type: 'attempt.accepted', step: 'left' },
  'an agent reports': { when: 'heard', type: 'attempt.outcome', step: 'left' },
  'an outcome is being committed': { when: 'sent', type: 'context.commit', step: 'left' },
  'a commit is acknowledged': { when: 'heard', type: 'context.committed', step: 'left' },
  'an agent is told that its outcome is recorded': { when: 'sent', type: 'attempt.recorded', step: 'left' },
  'a failed step waits for its next attempt': { when: 'sent', type: 'step.retrying', step: 'absent' },
  'a barrier opens': { when: 'sent', type: 'barrier.open' },
  'a member arrives at the barrier': { when: 'sent', type: 'barrier.arrive' },
  'the barrier has decided': { when: 'heard', type: 'barrier.closed' },
  'gaps are being filled': { when: 'sent', type: 'context.commit', step: 'both' },
  'a validation was handed to an instance': { when: 'sent', type: 'attempt.run', step: 'validation-1' },
  'an agent tells its verdict': { when: 'heard', type: 'attempt.outcome', step: 'validation-1' },
  'an agent is told that its verdict is recorded': { when: 'sent', type: 'attempt.recorded', step: 'validation-1' },
  'the run has ended': { when: 'sent', type: 'run.finished' },
};

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

const KEYS = { timeout: '30_seconds', resource_requirements: { cpu: 10, memory: 10 } };
/**
 * first → {left, right, absent}, joined without `absent`, which never succeeds and has a default → last. The agent that fails
 * judges what the other made, as `validation-1` and `validation-2`.
 */
const definition = workflow('states', (w) => {
  const keys = { ...KEYS, agent: 'worker', retry: { max_attempts: 3, backoff: '100_ms' } };
  const first = w.step('first', { ...keys, result: 'first' });
  const after = { ...keys, inputs: [first.ref('text')] };
  const members = [
    w.step('left', { ...after, result: 'left' }),
    w.step('right', { ...after, result: 'right' }),
    w.step('absent', { ...after, agent: 'failing', result: 'absent', retry: { max_attempts: 2, backoff: '100_ms' } }),
  ];
  const both = w.group('both', members, {
    synchronization_strategy: { timeout: '60_seconds', defaults: { '/absent/text': 'a default' } },
    cross_validation: { validation_timeout: '60_seconds' },
  });
  w.step('last', { ...keys, result: 'last', depends_on: [both.completion] });
});

/** A cluster under a prefix of its own: a survivor with every role, agents, and a victim that owns the run. */
interface World {
  readonly client: Client;
  readonly victim: ChildProcess;
  /** Executions that came to their end: `step/attempt`. */
  readonly worked: readonly string[];
  stop(): Promise<void>;
}

async function startWorld(prefix: string, workMs: number, dieAt?: DieAt): Promise<World> {
  const bus = await connectNats({ servers: server.url, name: `survivor-${prefix}`, prefix });
  const mortal = dieAt === undefined ? {} : { dieAt };
  const victim = await startVictim({ url: server.url, name: winner(), prefix, roles: ['supervisor'], ...mortal });
  const survivor = await startNode({ bus, name: 'survivor', prefix, roles: ROLES });
  const worked: string[] = [];
  const options = { bus, name: 'agents', prefix, agents: agentsOf(worked, workMs), instances: 3 };
  const agents = await startAgentProcess(options);
  return {
    ...{ client: createClient({ bus, prefix }), victim, worked },
    async stop() {
      victim.kill('SIGKILL');
      await agents.drain(1_000);
      await survivor.stop();
      await bus.close();
    },
  };
}

function agentsOf(worked: string[], workMs: number): AgentDefinition[] {
  const work = async ({ step, attempt, signal }: RunArgs): Promise<{ text: string }> => {
    await pause(workMs, undefined, { signal });
    worked.push(`${step}/${attempt}`);
    return { text: step };
  };
  const fail = async (): Promise<never> => {
    throw new Error('never succeeds');
  };
  const validate = async ({ of, output, signal }: ValidateArgs): Promise<Judgement> => {
    await pause(workMs, undefined, { signal });
    return { ok: (output as { text?: string } | undefined)?.text === of, findings: [] };
  };
  return [
    defineAgent({ name: 'worker', run: work }),
    defineAgent({ name: 'failing', run: fail, validate }),
  ] as AgentDefinition[];
}

/** A process of its own, once it says that it is ready. */
async function startVictim(options: VictimOptions): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('cluster/victim.ts', import.meta.url));
  const args = ['--import', 'tsx', '--conditions=@tutti/source', file, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the victim ended with ${code}`))),
  ]);
  return child;
}

/** A name that wins the run's shard from the survivor: placement is by the highest hash. */
function winner(): string {
  const weight = (name: string): number => fnv1a(`${name}/supervisor/${shardOf(RUN)}`);
  for (let i = 0; ; i++) if (weight(`victim-${i}`) > weight('survivor')) return `victim-${i}`;
}

async function collect(events: AsyncIterable<TuttiEvent>): Promise<readonly TuttiEvent[]> {
  const all: TuttiEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const stepsOf = (events: readonly TuttiEvent[], type: TuttiEvent['type']): unknown[] =>
  events.filter((event) => event.type === type).map((event) => event.data['step']);

/** What a run owes its user whatever was killed: an end, every result, and each step done once. */
async function expectWhole({ client, worked }: World): Promise<readonly TuttiEvent[]> {
  const events = await collect(client.events(RUN));
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.at(-1)).toMatchObject({ type: 'run.finished', data: { outcome: 'partial', succeeded: 4, failed: 1 } });
  expect(stepsOf(events, 'step.succeeded').sort()).toEqual(['first', 'last', 'left', 'right']);
  expect([...worked].sort()).toEqual(['first/1', 'last/1', 'left/1', 'right/1']);
  const verdicts = events.filter(({ type }) => type === 'validation.finished');
  expect(verdicts.map(({ data }) => `${data['of']} ${data['verdict']}`).sort()).toEqual([
    ...['absent skipped', 'left passed', 'right passed'],
  ]);
  const { values } = await client.context(RUN, ['']);
  const texts = { first: 'first', left: 'left', right: 'right', last: 'last', absent: 'a default' };
  expect(values['']).toMatchObject(Object.fromEntries(Object.entries(texts).map(([step, text]) => [step, { text }])));
  return events;
}

/** From the death of its owner to the moment at which another had the run, ms, by the record of the run. */
const recoveredAfterMs = (events: readonly TuttiEvent[], diedAt: number): number =>
  Date.parse(events.find(({ type }) => type === 'run.recovered')?.time ?? '') - diedAt;

describe('a supervisor that is killed when', () => {
  it.concurrent.each(Object.entries(STATES).map(([state, dieAt], i) => [state, dieAt, `state${i}`] as const))(
    '%s: its run goes on within two leases, and nothing is done twice',
    async (_, dieAt, prefix) => {
      const world = await startWorld(prefix, 300, dieAt);
      try {
        const gone = once(world.victim, 'exit');
        await world.client.submit({ run: RUN, definition });
        expect(await gone).toEqual([null, 'SIGKILL']);
        const diedAt = Date.now();
        await collect(world.client.watch(RUN));
        const events = await expectWhole(world);
        // Whoever has ended is not taken up again but read; the last verdict may end the run with the record that it is in.
        const hadEnded = Date.parse(events.at(-1)?.time ?? '') <= diedAt;
        if (dieAt.type !== 'run.finished' && !hadEnded)
          expect(recoveredAfterMs(events, diedAt)).toBeLessThan(2 * LEASE_MS);
        else expect(Date.now() - diedAt).toBeLessThan(3 * LEASE_MS);
      } finally {
        await world.stop();
      }
    },
  );
});

it.concurrent('a step that still runs when another takes the run up is adopted', async () => {
  const world = await startWorld('adopted', 8_000, { when: 'sent', type: 'step.started', step: 'left' });
  try {
    await world.client.submit({ run: RUN, definition });
    await collect(world.client.watch(RUN));
    const events = await expectWhole(world);
    expect(stepsOf(events, 'step.adopted')).toContain('left');
  } finally {
    await world.stop();
  }
});

it.concurrent('a supervisor that is asked to leave hands its run over within 500 ms', async () => {
  const world = await startWorld('handover', 1_500);
  try {
    let askedAt = 0;
    await world.client.submit({ run: RUN, definition });
    for await (const { type, data } of world.client.watch(RUN)) {
      if (type !== 'step.started' || data['step'] !== 'left') continue;
      askedAt = Date.now();
      world.victim.kill('SIGTERM');
    }
    expect(recoveredAfterMs(await expectWhole(world), askedAt)).toBeLessThan(500);
  } finally {
    await world.stop();
  }
});
