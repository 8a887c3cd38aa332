import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../define.ts';
import { Abort } from './abort.ts';
import { isCached, order, outputsOf, world, written } from './outputs.fixture.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('work that was done before', () => {
  it('is not done again, and is told under the place of the step that asks', async () => {
    const { attempt, calls } = world((_, call) => ({ call }));
    const [first, second] = [await attempt({ resultPath: '/s1' }), await attempt({ resultPath: '/other' })];
    expect([isCached(first), isCached(second), calls()]).toEqual([false, true, 1]);
    expect(second).toMatchObject({ writes: [{ op: 'set', path: '/other/call', value: 1 }] });
  });

  it('is done by every agent that does not declare it', async () => {
    for (const cache of [undefined, false] as const) {
      const { attempt, calls } = world(() => 1, cache === undefined ? { cache: undefined as never } : { cache });
      const results = [await attempt(), await attempt()];
      expect([calls(), results.some(isCached)]).toEqual([2, false]);
    }
  });

  it('writes beside its result what it wrote then, deletions included, in the same order', async () => {
    const { attempt, calls } = world(({ context }) => {
      context.set('/shared/a', { deep: [1] });
      context.delete('/shared/b');
      context.set('/shared/a/deep', 2);
      return 'text';
    });
    const [first, second] = [await attempt({ resultPath: '/x' }), await attempt({ resultPath: '/x' })];
    expect(calls()).toBe(1);
    expect(second).toEqual({ ...first, cached: true });
    expect(second).toMatchObject({
      writes: [{ path: '/shared/a' }, { op: 'delete' }, { value: 2 }, { value: 'text' }],
    });
  });

  it('may be no result at all', async () => {
    const { attempt, calls } = world(() => undefined);
    expect([await attempt(), await attempt()].map(written)).toEqual([{}, {}]);
    expect(calls()).toBe(1);
  });

  it('passes the schemas of the agent every time, on the same value', async () => {
    const seen: unknown[] = [];
    const output = z.unknown().transform((value) => {
      seen.push(structuredClone(value));
      (value as { list: number[] }).list.push(9);
      return value;
    });
    const { attempt, calls } = world(() => ({ list: [1], gone: undefined }), { output: output as never });
    const results = [await attempt(), await attempt(), await attempt()];
    expect(results.map(written)).toEqual([1, 2, 3].map(() => ({ '/list': [1, 9] })));
    expect(seen).toEqual([1, 2, 3].map(() => ({ list: [1] })));
    expect(calls()).toBe(1);
  });

  it('is a copy: who changes it changes nothing for those after', async () => {
    const { attempt } = world(() => ({ list: [1] }));
    for (const result of [await attempt(), await attempt()])
      if (result.status === 'succeeded' && result.writes[0]?.op === 'set') (result.writes[0].value as number[]).push(2);
    expect(written(await attempt())).toEqual({ '/list': [1] });
  });

  it('is found again when it is large and lies there compressed', async () => {
    const text = 'a long line of text '.repeat(5_000);
    const { attempt, calls } = world(() => ({ text }), {}, outputsOf({ outputCacheBytes: 20_000 }));
    await attempt();
    expect(written(await attempt())).toEqual({ '/text': text });
    expect(calls()).toBe(1);
  });
});

describe('the key', () => {
  it('is of all that the agent is asked, its order and -0 included', async () => {
    const { attempt, calls } = world(({ input }) => ({ saw: JSON.stringify(input) }));
    const inputs = [{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1, b: '2' }, { a: 1 }, { a: 0 }, { a: -0 }, { a: [1, 2] }];
    for (const input of inputs) await attempt({ input });
    expect(calls()).toBe(inputs.length);
    for (const input of inputs) expect(isCached(await attempt({ input }))).toBe(true);
  });

  it('is of the agent and its version', async () => {
    const { attempt, agentOf, calls } = world(() => 1);
    const agents = [{}, { name: 'other' }, { cache: { version: '1' } }, { cache: { version: '2' } }].map(agentOf);
    for (const of of agents) await attempt({}, { of });
    expect(calls()).toBe(4);
    for (const of of agents) expect(isCached(await attempt({}, { of }))).toBe(true);
  });

  it('is of what the schema makes of the input: what the agent does not see makes no difference', async () => {
    const input = z.object({ topic: z.string(), at: z.number().default(0) });
    const { attempt, calls } = world(({ input: { topic } }) => ({ topic }), { input: input as never });
    await attempt({ input: { topic: 'cats', user: 'a' } });
    expect(isCached(await attempt({ input: { topic: 'cats', user: 'b' } }))).toBe(true);
    expect(isCached(await attempt({ input: { topic: 'cats', at: 1 } }))).toBe(false);
    expect(calls()).toBe(2);
  });

  it('is of whatever else the function is given beside its input', async () => {
    const outputs = outputsOf();
    const { agentOf, calls } = world(() => 1, {}, outputs);
    for (const template of ['one', 'two', 'one']) {
      const given = order();
      const kept = outputs.attempt(agentOf(), given);
      const args = {
        input: given.input,
        context: { version: 1 },
        signal: new Abort().signal,
        run: given.run,
        template,
      };
      await kept?.agent.run({ ...args, now: () => 1 } as never);
      kept?.end(true);
    }
    expect(calls()).toBe(2);
  });
});

describe('what is not kept', () => {
  it('is what failed, threw or does not pass the schema of the result', async () => {
    const output = z.object({ call: z.number().min(3) });
    const { attempt, calls } = world(
      (_, call) => {
        if (call === 1) throw new Error('not yet');
        return { call };
      },
      { output: output as never },
    );
    const ends = [await attempt(), await attempt(), await attempt(), await attempt()];
    expect(ends.map(({ status }) => status)).toEqual(['failed', 'failed', 'succeeded', 'succeeded']);
    expect([calls(), ends.map(isCached)]).toEqual([3, [false, false, false, true]]);
  });

  it('is what read the context, whatever it makes of it', async () => {
    const { attempt, calls } = world(async ({ context }) => {
      await context.read('/pm/plan');
      return 1;
    });
    await attempt();
    expect([isCached(await attempt()), calls()]).toEqual([false, 2]);
  });

  it('is what a stopped function returns all the same: it may be a part', async () => {
    const abort = new Abort();
    const { attempt, calls } = world((_, call) => {
      if (call === 1) abort.abort(new Error('the time is over'));
      return { part: call };
    });
    await attempt({}, { abort });
    expect([written(await attempt()), calls()]).toEqual([{ '/part': 2 }, 2]);
  });

  it('is what is no JSON before the schema makes some of it', async () => {
    const output = z.date().transform((date) => date.getTime());
    const { attempt, calls } = world(() => new Date(5), { output: output as never });
    expect([written(await attempt()), written(await attempt()), calls()]).toEqual([
      { '/result': 5 },
      { '/result': 5 },
      2,
    ]);
  });

  it('is what was asked with more than JSON', async () => {
    const input = z.object({ topic: z.string().transform(() => new Date(5)) });
    const { attempt, calls } = world(() => 1, { input: input as never });
    const ends = [await attempt(), await attempt()];
    expect([ends.map(({ status }) => status), calls()]).toEqual([['succeeded', 'succeeded'], 2]);
  });

  it('is a verdict', async () => {
    let judged = 0;
    const validate = () => {
      judged += 1;
      return { ok: true, findings: [] };
    };
    const { attempt } = world(() => 1, { validate });
    for (let n = 0; n < 2; n += 1) await attempt({ validation: { group: 'g', of: 'pm' } });
    expect(judged).toBe(2);
  });

  it('is anything once the cache has no room, and what is over its time', async () => {
    const none = world(() => 1, {}, outputsOf({ outputCacheBytes: 0 }));
    const small = world(() => 'x'.repeat(5_000), {}, outputsOf({ outputCacheBytes: 1_000 }));
    const short = world(() => 1, { cache: { ttlMs: 1_000 } });
    const session = world(() => 1, { cache: { ttlMs: 5_000 } }, outputsOf({ outputCacheTtlMs: 1_000 }));
    for (const { attempt, calls } of [none, small, short, session]) {
      await attempt();
      vi.advanceTimersByTime(1_500);
      await attempt();
      expect(calls()).toBe(2);
    }
  });

  it('is the cheapest work, when room is needed', async () => {
    const ms: Record<string, number> = { cheap: 1, dear: 5_000 };
    const outputs = outputsOf({ outputCacheBytes: 2_000 });
    const { attempt, calls } = world(
      async ({ input }) => {
        vi.advanceTimersByTime(ms[String(input['topic'])] ?? 1);
        return Array.from({ length: 60 }, (_, n) => `${n}`);
      },
      {},
      outputs,
    );
    for (const topic of ['dear', 'cheap', 'a', 'b', 'c']) await attempt({ input: { topic } });
    expect(isCached(await attempt({ input: { topic: 'dear' } }))).toBe(true);
    expect(isCached(await attempt({ input: { topic: 'cheap' } }))).toBe(false);
    expect(calls()).toBe(6);
  });
});

describe('another attempt of a step', () => {
  it('does the work itself, and what it makes takes the place of what the first one was given', async () => {
    const { attempt, calls } = world((_, call) => ({ call }));
    await attempt();
    expect(written(await attempt({ attempt: 2 }))).toEqual({ '/call': 2 });
    expect([written(await attempt()), calls()]).toEqual([{ '/call': 2 }, 2]);
  });

  it('leaves what stands when it fails', async () => {
    const { attempt } = world((_, call) => {
      if (call === 2) throw new Error('broken');
      return { call };
    });
    await attempt();
    await attempt({ attempt: 2 });
    expect(written(await attempt())).toEqual({ '/call': 1 });
  });

  it('is not given what its run refused, nor is anybody else', async () => {
    const { attempt } = world((_, call) => ({ call }));
    await attempt({}, { taken: false });
    expect(written(await attempt())).toEqual({ '/call': 2 });
    await attempt({}, { taken: false });
    expect(written(await attempt())).toEqual({ '/call': 3 });
  });
});

it('takes no `cache` that says nothing', () => {
  for (const cache of ['yes', 1, {}, { version: 1 }, { ttlMs: 0 }, { size: 1 }]) {
    const define = () => defineAgent({ name: 'writer', cache: cache as never, run: () => 1 });
    if (typeof cache === 'object' && Object.keys(cache).length === 0) expect(define).not.toThrow();
    else expect(define).toThrow(/`cache` of the agent "writer"/);
  }
});
