/** A broker that loses, with its power, changes of owner of a shard, and no record of the runs in it. */
import { createMemoryBroker, encode } from '@tutti/bus';
import { apiVerb, type MessageOf, shardOf } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { type Node, startNode } from './node.ts';

const RUN = 'r';

it('has its runs go on, under an epoch that is newer than that of their journals', async () => {
  const broker = createMemoryBroker();
  const { keyValues } = broker.connect('test');
  const start = (name: string): Promise<Node> =>
    startNode({ bus: broker.connect(name), name, roles: ['supervisor', 'context', 'resources'] });
  const ask = async ({ ports }: Node, message: MessageOf<'run.submit' | 'run.status'>) => {
    const exchange = createExchange(ports, { identity: 'asker', local: false });
    return (await exchange.ask(ports.subjects.of('api', { verb: apiVerb(message.type) }), message, 2_000)).message;
  };
  const phase = (node: Node): Promise<unknown> =>
    ask(node, { type: 'run.status', run: RUN }).then(
      (state) => (state as MessageOf<'run.state'>).phase,
      (error: Error) => error.message,
    );
  const first = await start('n0');
  const definition = workflow('w', (w) => void w.step('s', { agent: 'nobody' }));
  await ask(first, { type: 'run.submit', run: RUN, definition, inputs: {} });
  await first.stop();
  for (const name of ['n1', 'n2']) {
    const next = await start(name);
    await expect.poll(() => phase(next), { timeout: 10_000 }).toBe('running');
    await next.stop();
  }
  const key = `shard.supervisor.${shardOf(RUN)}`;
  const { revision } = (await keyValues.get(key)) ?? { revision: 0 };
  await keyValues.set(key, encode({ owner: '', epoch: 1 }).data, revision);
  const last = await start('n3');
  await expect.poll(() => phase(last), { timeout: 10_000 }).toBe('running');
  await last.stop();
}, 40_000);
