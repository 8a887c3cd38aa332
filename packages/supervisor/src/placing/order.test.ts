import { type AnyMessage, createSubjects, MAX_READS, type WorkflowJson } from '@tutti/contracts';
import type { Exchange, KernelPorts } from '@tutti/kernel';
import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';
import { orderOf } from './order.ts';
import { Snapshots } from './snapshots.ts';

const COUNT = MAX_READS + 1;
const definition = workflow('w', (w) => {
  const keys = Array.from({ length: COUNT }, (_, i) => `k${i}`);
  const p = w.step('p', { outputs: keys } as never);
  w.step('q', { inputs: keys.map((key) => p.ref(key)) } as never);
});

type Read = AnyMessage & { type: 'context.read' };

/** The order of `q` from a context store that is at this version, and the questions that it took. */
async function ordered(storeAt: number) {
  const world = new RunWorld(definition).opened().place('p').commit('p', { version: 4 }).grant('q');
  const asked: Read[] = [];
  const exchange = {
    ask: async (_: string, message: Read) => {
      asked.push(message);
      const values = Object.fromEntries(message.paths.map((path): [string, WorkflowJson] => [path, path]));
      return { message: { type: 'context.snapshot', run: 'r', version: message.version ?? storeAt, values } };
    },
  } as unknown as Exchange;
  const ports = { subjects: createSubjects() } as KernelPorts;
  const order = await orderOf({ exchange, ports, snapshots: new Snapshots() }, world.run, world.ref('q'));
  return { order, asked };
}

describe('the order for a step with more inputs than one message may ask for', () => {
  it('is asked for page by page, all of one version', async () => {
    const { order, asked } = await ordered(7);
    expect(asked.map(({ paths, version }) => [paths.length, version])).toEqual([
      [MAX_READS, undefined],
      [1, 7],
    ]);
    expect(order.base).toBe(7);
    const { p } = order.input as { p: object };
    expect(Object.keys(p)).toHaveLength(COUNT);
  });
});

describe('a context store that lacks what the run has heard of', () => {
  it('is not believed: it is not the owner any more, and another will answer', async () => {
    await expect(ordered(3)).rejects.toMatchObject({ code: 'not_owner', retryable: true });
  });
});
