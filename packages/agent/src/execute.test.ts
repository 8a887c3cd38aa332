import { TuttiError } from '@tutti/contracts';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type AgentDefinition, defineAgent } from './define.ts';
import { fatal } from './errors.ts';
import { type AttemptOrder, type AttemptResult, type ExecutionPort, execute } from './execute.ts';
import { Abort } from './host/abort.ts';

const order = (over: Partial<AttemptOrder> = {}): AttemptOrder => ({
  run: 'r1',
  step: 's1',
  attempt: 2,
  epoch: 7,
  shard: 3,
  role: 'writer',
  idempotencyKey: 'r1/s1',
  timeoutMs: 1000,
  input: { topic: 'cats' },
  base: 5,
  reads: [],
  resultPath: '/writer',
  ...over,
});

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const port = (over: Partial<ExecutionPort> = {}): ExecutionPort => ({
  abort: new Abort(),
  log: () => silent,
  read: async (path) => `value of ${path}`,
  progress: () => {},
  fill: async (given) => ({ order: given }),
  prepared: () => {},
  ...over,
});

/** What came of it but for the size of the input, of which one test knows. */
const run = async (agent: AgentDefinition, over: Partial<AttemptOrder> = {}): Promise<AttemptResult> => {
  const result = await execute(agent, order(over), port());
  if (result.status !== 'succeeded') return result;
  const { inputBytes: _, ...rest } = result;
  return rest;
};
const returning = (result: unknown): AgentDefinition =>
  defineAgent({ name: 'writer', run: () => result }) as AgentDefinition;
const failure = (result: AttemptResult) => (result.status === 'failed' ? result.error : undefined);

describe('what an agent is given', () => {
  it('is the input, the attempt, its key, its run and step, and the base version', async () => {
    let seen: unknown;
    const agent = defineAgent({
      name: 'writer',
      run: ({ input, attempt, idempotencyKey, run, step, context }) => {
        seen = { input, attempt, idempotencyKey, run, step, version: context.version };
      },
    });
    await run(agent);
    const input = { topic: 'cats' };
    expect(seen).toEqual({ input, attempt: 2, idempotencyKey: 'r1/s1', run: 'r1', step: 's1', version: 5 });
  });

  it('is its prompt filled in, with the template beside it; without a template nobody fills in anything', async () => {
    const seen: unknown[] = [];
    const agent = defineAgent({
      name: 'writer',
      run: ({ input, template }) => void seen.push([input['prompt'], template]),
    });
    const fill: ExecutionPort['fill'] = async (given) => ({
      order: { ...given, input: { prompt: 'Hello Ada' } },
      template: 'Hello {{ who }}',
    });
    await execute(agent, order({ template: {} }), port({ fill }));
    await execute(agent, order({ input: { prompt: '{{ raw }}' } }), port({ fill }));
    expect(seen).toEqual([
      ['Hello Ada', 'Hello {{ who }}'],
      ['{{ raw }}', undefined],
    ]);
  });

  it('has its log and its signal, in a copy too, made once and only when they are asked for', async () => {
    const log = vi.fn(() => silent);
    const seen: object[] = [];
    const agent = defineAgent({
      name: 'writer',
      run: (args) => {
        seen.push(args);
        expect(log).not.toHaveBeenCalled();
        const copy = { ...args };
        expect(copy.log).toBe(args.log);
        expect(copy.signal).toBe(args.signal);
      },
    });
    const abort = new Abort();
    expect(await execute(agent, order(), port({ log, abort }))).toMatchObject({ status: 'succeeded' });
    expect(log).toHaveBeenCalledTimes(1);
    expect(seen).toMatchObject([{ signal: abort.signal }]);
  });

  it('has getters that all attempts share: those of its own would be kept until the next full collection', async () => {
    const seen: object[] = [];
    const agent = defineAgent({ name: 'writer', run: (args) => void seen.push(args) });
    for (let n = 0; n < 2; n++) await execute(agent, order(), port());
    const [first, second] = seen.map((args) => Object.getOwnPropertyDescriptors(args) as PropertyDescriptorMap);
    for (const name of ['log', 'signal']) {
      expect(first?.[name]?.get).toBeTypeOf('function');
      expect(first?.[name]?.get).toBe(second?.[name]?.get);
    }
  });

  it('is told with the result as a number of bytes, whatever the agent made of it', async () => {
    const input = { topic: 'Kätzchen', list: [1, 2] };
    const agent = defineAgent({
      name: 'writer',
      run: (args) => {
        (args.input as Record<string, unknown>)['topic'] = 'something much longer than that';
      },
    });
    expect(await execute(agent, order({ input }), port())).toMatchObject({
      inputBytes: new TextEncoder().encode(JSON.stringify(input)).length,
    });
  });

  it('is what the schema makes of the input, also an asynchronous one', async () => {
    const input = z.object({ topic: z.string().transform(async (t) => t.toUpperCase()) });
    const agent = defineAgent({ name: 'writer', input, run: ({ input }) => ({ title: input.topic }) });
    expect(await run(agent)).toEqual({
      status: 'succeeded',
      writes: [{ op: 'set', path: '/writer/title', value: 'CATS' }],
    });
  });

  it('is refused with its place when it is not as declared, and the function never runs', async () => {
    const body = vi.fn();
    const input = z.object({ topic: z.object({ ids: z.array(z.number()) }) });
    const result = await run(defineAgent({ name: 'writer', input, run: body }), {
      input: { topic: { ids: [1, 'x'] } },
    });
    expect(failure(result)).toMatchObject({ code: 'bad_agent_input', retryable: false });
    expect(failure(result)?.message).toContain('input.topic.ids[1]');
    expect(body).not.toHaveBeenCalled();
  });
});

describe('what an agent throws', () => {
  it('is told with the place in its own file where it was thrown', async () => {
    const error = new TypeError('no such thing');
    error.stack = 'TypeError: no such thing\n    at run (/home/ann/agents.ts:12:20)\n    at node:internal/x:1:1';
    const agent = defineAgent({
      name: 'writer',
      run: () => {
        throw error;
      },
    });
    expect(failure(await run(agent))?.details).toMatchObject({ name: 'TypeError', place: '/home/ann/agents.ts:12:20' });
  });
});

describe('what an agent returns', () => {
  it('is written key by key below its own name', async () => {
    expect(await run(returning({ a: 1, 'b/c~d': [true, null] }))).toEqual({
      status: 'succeeded',
      writes: [
        { op: 'set', path: '/writer/a', value: 1 },
        { op: 'set', path: '/writer/b~1c~0d', value: [true, null] },
      ],
    });
  });

  it.each([['text'], [42], [null], [[1, 2]]])('is written as `result` when it is no object: %j', async (value) => {
    expect(await run(returning(value))).toEqual({
      status: 'succeeded',
      writes: [{ op: 'set', path: '/writer/result', value }],
    });
  });

  it('writes nothing when it is undefined', async () => {
    expect(await run(returning(undefined))).toEqual({ status: 'succeeded', writes: [] });
  });

  it('fails when it is not as declared, with the place', async () => {
    const agent = defineAgent({
      name: 'writer',
      output: z.object({ pages: z.array(z.number()) }),
      run: () => ({ pages: ['one'] }) as never,
    });
    expect(failure(await run(agent))).toMatchObject({ code: 'bad_agent_output', retryable: false });
    expect(failure(await run(agent))?.message).toContain('result.pages[0]');
  });

  it('fails when it is no JSON, with the place', async () => {
    const error = failure(await run(returning({ items: [{}, { when: new Date(0) }] })));
    expect(error).toMatchObject({ code: 'bad_agent_output', details: { place: 'result.items[1].when' } });
  });

  it('stands beside what was set and deleted, in order, the last write of a path winning', async () => {
    const agent = defineAgent({
      name: 'writer',
      run: ({ context }) => {
        context.set('/shared/a', 1);
        context.set('/shared/b', { deep: true });
        context.delete('/shared/old');
        context.set('/shared/a', 2);
        return { done: true };
      },
    });
    expect(await run(agent)).toEqual({
      status: 'succeeded',
      writes: [
        { op: 'set', path: '/shared/b', value: { deep: true } },
        { op: 'delete', path: '/shared/old' },
        { op: 'set', path: '/shared/a', value: 2 },
        { op: 'set', path: '/writer/done', value: true },
      ],
    });
  });

  it('is a copy: what the author changes afterwards is not written', async () => {
    const shared = { list: [1] };
    const result = await run(returning(shared));
    shared.list.push(2);
    expect(result).toMatchObject({ writes: [{ value: [1] }] });
  });

  it('is dropped with every buffered write when the function throws', async () => {
    const agent = defineAgent({
      name: 'writer',
      run: ({ context }) => {
        context.set('/shared/a', 1);
        throw new Error('no');
      },
    });
    expect(Object.keys(await run(agent))).toEqual(['status', 'error']);
  });
});

describe('what an agent throws', () => {
  const throwing = (thrown: unknown): AgentDefinition =>
    defineAgent({
      name: 'writer',
      run: () => {
        throw thrown;
      },
    }) as AgentDefinition;

  it('may be tried again, and keeps name, message and stack', async () => {
    const error = failure(await run(throwing(new RangeError('too far'))));
    expect(error).toMatchObject({ code: 'agent_failed', retryable: true, message: 'too far' });
    expect(error?.details).toMatchObject({ name: 'RangeError', stack: expect.stringContaining('execute.test.ts') });
  });

  it('is not tried again when it is fatal', async () => {
    const error = failure(await run(throwing(fatal('empty repository', { path: 'x' }))));
    expect(error).toEqual({
      code: 'agent_failed',
      retryable: false,
      message: 'empty repository',
      details: { path: 'x' },
    });
  });

  it('keeps the code and retryability of a TuttiError, also one of another copy of the package', async () => {
    const own = new TuttiError('overloaded', 'later', { retryable: false });
    const foreign = Object.assign(new Error('later'), { name: 'TuttiError', code: 'overloaded', retryable: false });
    const expected = { code: 'overloaded', message: 'later', retryable: false };
    expect(failure(await run(throwing(own)))).toEqual(expected);
    expect(failure(await run(throwing(foreign)))).toEqual(expected);
  });

  it.each([[undefined], [null], ['text'], [Symbol('s')]])('may be no error at all: %s', async (thrown) => {
    expect(failure(await run(throwing(thrown)))).toMatchObject({ code: 'agent_failed', retryable: true });
  });

  it('is cut to the limits of the wire', async () => {
    const error = failure(await run(throwing(new Error('x'.repeat(100_000)))));
    expect(error?.message.length).toBeLessThan(4_100);
    expect(JSON.stringify(error).length).toBeLessThan(20_000);
  });
});

describe('what an agent may read', () => {
  const reading = (path: string): AgentDefinition =>
    defineAgent({ name: 'writer', run: ({ context }) => context.read(path) }) as AgentDefinition;

  it('is what the step names and what is below it', async () => {
    for (const path of ['/pm', '/pm/plan']) {
      expect(await run(reading(path), { reads: ['/pm'] })).toMatchObject({ writes: [{ value: `value of ${path}` }] });
    }
  });

  it.each(['/pmx', '/', 'pm', '', '/other/pm'])('is not %j when the step names /pm', async (path) => {
    expect(failure(await run(reading(path), { reads: ['/pm'] }))).toMatchObject({ code: 'not_allowed' });
  });

  it('is everything when the step names nothing', async () => {
    expect(await run(reading('/any'))).toMatchObject({ status: 'succeeded' });
  });
});
