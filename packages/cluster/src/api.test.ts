import { createMemoryBus } from '@tutti/bus';
import {
  type AnyMessage,
  apiVerb,
  DEFAULT_POOL,
  type MessageOf,
  type PoolSpec,
  type RunRow,
  type RunView,
  SHARD_COUNT,
  shardOf,
  TuttiError,
} from '@tutti/contracts';
import { type Clock, createExchange, systemClock } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { serveApi } from './api.ts';
import { Letters } from './letters/store.ts';
import { LIST_AGAIN_MS } from './listing.ts';
import { serveNode } from './node-calls.ts';
import { portsOf } from './ports.ts';

const row = (run: string, submittedAtMs: number): RunRow => {
  return { run, workflow: 'w', phase: 'running', submittedAtMs, owner: 'n', steps: 1, stepsDone: 0 };
};

const viewOf = (known: Partial<RunView>): RunView => {
  const base = { ...row('r', 1), planHash: 'h', contextVersion: 0, lastSeq: 1, groups: [], conflicts: [] };
  return { ...base, ...known, steps: [] } as RunView;
};

const everyShard = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);

/** The real clock, on which the pauses of a list take no time, and pass; `pauses` calls back with each. */
function hastyClock() {
  const pauses: { on?: () => void } = {};
  let skippedMs = 0;
  const clock: Clock = {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + skippedMs,
    after(ms, run, ...rest) {
      if (ms !== LIST_AGAIN_MS) return systemClock.after(ms, run, ...rest);
      skippedMs += ms;
      pauses.on?.();
      return systemClock.after(0, run, ...rest);
    },
  };
  return { clock, pauses };
}

/** Nodes with these runs on one bus, whose owners of runs are played by the test; a client asks. */
function world(nodes: Readonly<Record<string, readonly RunRow[]>>, present = Object.keys(nodes), pool?: PoolSpec) {
  const { clock, pauses } = hastyClock();
  const ports = portsOf({ bus: createMemoryBus(), ports: { clock } });
  const owned = new Map(present.map((name, at) => [name, everyShard.filter((shard) => shard % present.length === at)]));
  for (const name of present) {
    const rows = (limit: number) => (nodes[name] ?? []).slice(0, limit);
    const describe = (): MessageOf<'cluster.state'> => ({ type: 'cluster.state', nodes: [], instances: [] });
    const holding = (): MessageOf<'node.holding'> => ({ type: 'node.holding', shards: [], holders: [] });
    const taken = (): readonly number[] => owned.get(name) ?? [];
    const cluster = { nodes: () => Object.keys(nodes), describe, pool: () => pool };
    const self = { name, rows, taken, ...cluster, holding, forget: async () => undefined };
    const exchange = createExchange(ports, { identity: name });
    serveApi(ports, exchange, self, new Letters(ports, name));
    serveNode(ports, exchange, self);
  }
  const owner = createExchange(ports, { identity: 'owner' });
  const heard: AnyMessage[] = [];
  const own = (subject: string, answer: AnyMessage) =>
    owner.serve(subject, ({ message, reply }) => {
      heard.push(message);
      reply?.(answer);
    });
  const client = createExchange(ports, { identity: 'client' });
  const ask = async (message: AnyMessage) =>
    (await client.ask(ports.subjects.of('api', { verb: apiVerb(message.type) }), message, 2_000)).message;
  const of = (name: 'workflow' | 'context', run: string) => ports.subjects.of(name, { shard: shardOf(run), run });
  return { ask, own, of, heard, owned, pauses };
}

const definition = workflow('w', (w) => void w.step('a'));
const accepted = { type: 'run.accepted', run: 'r', planHash: 'h', duplicate: false } as AnyMessage;

describe('the door of the cluster', () => {
  it('plans a submission and gives it to the owner of the run', async () => {
    const { ask, own, of, heard } = world({ a: [] });
    own(of('workflow', 'r'), accepted);
    expect(await ask({ type: 'run.submit', run: 'r', definition, inputs: {} })).toMatchObject(accepted);
    expect(heard).toMatchObject([{ type: 'workflow.start', run: 'r', plan: { groups: [{ steps: ['a'] }] } }]);
  });

  it('refuses what cannot be planned with the reason, and no owner hears of it', async () => {
    const { ask, own, of, heard } = world({ a: [] });
    own(of('workflow', 'r'), accepted);
    const large = definition.steps.map((step) => ({ ...step, needs: { cpu: 1_000_000, memory: 1 } }));
    const refused = ask({
      type: 'run.submit',
      run: 'r',
      definition: { ...definition, steps: large },
      inputs: {},
    });
    await expect(refused).rejects.toMatchObject({ retryable: false });
    expect(heard).toEqual([]);
  });

  it('fills in defaults, and refuses inputs that the workflow does not declare so, whoever submits them', async () => {
    const { ask, own, of, heard } = world({ a: [] });
    own(of('workflow', 'r'), accepted);
    const inputs = {
      who: { type: 'string' as const, required: true },
      n: { type: 'integer' as const, required: false, default: 3 },
    };
    const submit = (given: Readonly<Record<string, string | number>>) =>
      ask({ type: 'run.submit', run: 'r', definition: { ...definition, inputs }, inputs: given });
    for (const [given, why] of [
      [{}, /needs the input "who"/],
      [{ who: 7 }, /"who" .* must be of type string/],
      [{ who: 'ann', zzz: 1 }, /no input "zzz"; it declares who, n/],
    ] as const) {
      await expect(submit(given)).rejects.toMatchObject({ code: 'bad_inputs', message: expect.stringMatching(why) });
    }
    expect(heard).toEqual([]);
    await submit({ who: 'ann' });
    expect(heard).toMatchObject([{ inputs: { who: 'ann', n: 3 } }]);
  });

  it('plans for the pool that the cluster has, whatever the file says, and the workflow stays the same one', async () => {
    const two = workflow('w', (w) => [w.step('a'), w.step('b')]);
    const planned = async (pool?: PoolSpec) => {
      const { ask, own, of, heard } = world({ a: [] }, ['a'], pool);
      own(of('workflow', 'r'), accepted);
      await ask({ type: 'run.submit', run: 'r', definition: two, inputs: {} });
      return (heard[0] as MessageOf<'workflow.start'>).plan;
    };
    const [own, narrow] = [await planned(), await planned({ ...DEFAULT_POOL, concurrentAgents: 1 })];
    expect(narrow.makespanMs).toBe(2 * own.makespanMs);
    expect(narrow.hash).toBe(own.hash);
  });

  it('refuses a step that never fits the pool of the cluster, and says whose pool that is', async () => {
    const { ask } = world({ a: [] }, ['a'], { ...DEFAULT_POOL, cpuUnits: 1 });
    const refused = ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
    await expect(refused).rejects.toMatchObject({
      code: 'unplannable',
      message: expect.stringContaining('the pool of the cluster holds'),
    });
  });

  it('reads a context at its store, at the version asked for', async () => {
    const { ask, own, of, heard } = world({ a: [] });
    own(of('context', 'r'), { type: 'context.snapshot', run: 'r', version: 4, values: {} });
    await ask({ type: 'run.context', run: 'r', paths: ['/x'], version: 4 });
    expect(heard).toMatchObject([{ type: 'context.read', run: 'r', paths: ['/x'], version: 4 }]);
  });

  it('reads what a run was given from the run itself when its store lost that before the first commit', async () => {
    const { ask, own, of } = world({ a: [] });
    const view = { run: 'r', contextVersion: 0, inputs: { idea: { 'a/b': 7 } } };
    own(of('context', 'r'), { type: 'error', error: new TuttiError('unknown_run', 'no such run').toData() });
    own(of('workflow', 'r'), { type: 'run.state', ...viewOf(view) });
    const paths = ['', '/inputs/idea/a~1b', '/pm'];
    const values = { '': { inputs: view.inputs }, '/inputs/idea/a~1b': 7 };
    expect(await ask({ type: 'run.context', run: 'r', paths })).toMatchObject({ version: 0, values });
    await expect(ask({ type: 'run.context', run: 'r', paths, version: 1 })).rejects.toMatchObject({
      code: 'unknown_run',
    });
  });

  it('never takes the first version of a run for a later one', async () => {
    const { ask, own, of } = world({ a: [] });
    own(of('context', 'r'), { type: 'error', error: new TuttiError('unknown_run', 'no such run').toData() });
    own(of('workflow', 'r'), { type: 'run.state', ...viewOf({ run: 'r', contextVersion: 2 }) });
    await expect(ask({ type: 'run.context', run: 'r', paths: [''] })).rejects.toMatchObject({ code: 'unknown_run' });
  });

  it('lists the runs of all nodes, newest first, and says when there are more', async () => {
    const { ask } = world({ a: [row('r1', 1), row('r4', 4)], b: [row('r3', 3), row('r2', 2)] });
    const all = await ask({ type: 'run.list', limit: 10 });
    expect(all).toMatchObject({ runs: ['r4', 'r3', 'r2', 'r1'].map((run) => ({ run })), more: false });
    const few = await ask({ type: 'run.list', limit: 3 });
    expect(few).toMatchObject({ runs: ['r4', 'r3', 'r2'].map((run) => ({ run })), more: true });
  });

  it('says that there are more when all of them are of one node', async () => {
    const { ask } = world({ a: [row('r1', 1), row('r2', 2)] });
    expect(await ask({ type: 'run.list', limit: 1 })).toMatchObject({ more: true });
    expect(await ask({ type: 'run.list', limit: 2 })).toMatchObject({ more: false });
  });

  it('asks again while shards are on the move, until somebody has all of their runs', async () => {
    const nodes: Record<string, RunRow[]> = { a: [row('r1', 1)], gone: [] };
    const { ask, owned, pauses } = world(nodes, ['a']);
    owned.set('a', everyShard.slice(1));
    pauses.on = () => {
      nodes['a']?.push(row('r2', 2));
      owned.set('a', everyShard);
    };
    const listed = await ask({ type: 'run.list', limit: 10 });
    expect(listed).toMatchObject({ runs: [{ run: 'r2' }, { run: 'r1' }], more: false });
    expect(listed).not.toHaveProperty('incomplete');
  });

  it('lists the runs of the others when a node does not answer in time, and says what lacks', async () => {
    const { ask, owned } = world({ a: [row('r1', 1)], gone: [] }, ['a']);
    owned.set('a', everyShard.slice(5));
    const listed = await ask({ type: 'run.list', limit: 10 });
    expect(listed).toMatchObject({ runs: [{ run: 'r1' }], incomplete: { shards: 5, nodes: ['gone'] } });
  });
});
