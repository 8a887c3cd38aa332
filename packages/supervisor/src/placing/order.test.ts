import { type AnyMessage, createSubjects, MAX_READS, type WorkflowJson } from '@tutti/contracts';
import type { Exchange, KernelPorts } from '@tutti/kernel';
import { loadWorkflow, workflow } from '@tutti/planner';
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

describe('the order for a step that has a prompt', () => {
  const SEED = [
    'resource_manager: {resource_pool: {template_engine: {concurrent_renders: 2, render_timeout: 120}}}',
    'caching_system: {cache_levels: {template_render_cache: {ttl: 1_hour}}}',
    '',
  ].join('\n');
  const orderFor = async (text: string, inputs: Record<string, WorkflowJson> = {}) => {
    const { definition: of } = loadWorkflow(text, { file: 'f' });
    const world = new RunWorld(of, undefined, {}, inputs).opened().grant('s');
    const ports = { subjects: createSubjects() } as KernelPorts;
    const exchange = {
      ask: async (_: string, { paths }: Read) => ({
        message: {
          type: 'context.snapshot',
          run: 'r',
          version: 0,
          values: Object.fromEntries(paths.map((p) => [p, p])),
        },
      }),
    } as unknown as Exchange;
    return orderOf({ exchange, ports, snapshots: new Snapshots() }, world.run, world.ref('s'));
  };

  it('says that it is a template, with the limits that the file has for renders', async () => {
    const order = await orderFor(`${SEED}steps: {s: {prompt: "Hello {{ who }}", with: {who: Ada}}}`);
    expect(order).toMatchObject({ input: { prompt: 'Hello {{ who }}', who: 'Ada' } });
    expect(order.template).toEqual({ concurrent: 2, timeoutMs: 120_000, keepMs: 3_600_000 });
  });

  it.each([
    ['an input of the run', 'steps: {s: {prompt: "{{ prompt }}"}}'],
    ['an input of the run that it names', 'steps: {s: {prompt: "{{ inputs.prompt }}"}}'],
    ['a name that it gives itself', 'steps: {s: {prompt: "{{ prompt }}", inputs: {prompt: inputs.prompt}}}'],
  ])('gives beside it what is called prompt too: %s', async (_, steps) => {
    const order = await orderFor(`inputs: {prompt: string}\n${steps}`, { prompt: 'mine' });
    expect(order.template).toEqual({ hides: 'mine' });
    expect(order.input).toMatchObject({ prompt: expect.stringContaining('{{') as string });
  });

  it('leaves a prompt that is a text as it is', async () => {
    const order = await orderFor('steps: {s: {with: {prompt: "{{ who }}"}}}');
    expect([order.template, order.input]).toEqual([undefined, { prompt: '{{ who }}' }]);
  });
});
