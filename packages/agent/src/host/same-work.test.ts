import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Abort } from './abort.ts';
import { isCached, world, written } from './outputs.fixture.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the same work at one time', () => {
  /** Ends when the test says so. */
  function gate() {
    const open: (() => void)[] = [];
    const passed = (): Promise<void> => new Promise((resolve) => open.push(resolve));
    return { open, passed };
  }
  const settled = () => vi.advanceTimersByTimeAsync(1);

  it('is done once, for all who ask', async () => {
    const { open, passed } = gate();
    const { attempt, calls } = world(async (_, call) => {
      await passed();
      return { call };
    });
    const all = [attempt(), attempt(), attempt()];
    await settled();
    expect([calls(), open.length]).toEqual([1, 1]);
    open[0]?.();
    const results = await Promise.all(all);
    expect(results.map(isCached)).toEqual([false, true, true]);
    expect(results.map(written)).toEqual([1, 2, 3].map(() => ({ '/call': 1 })));
  });

  it('is done by the others when the first fails, each for itself', async () => {
    const { open, passed } = gate();
    const { attempt, calls } = world(async (_, call) => {
      await passed();
      if (call === 1) throw new Error('broken');
      return { call };
    });
    const all = [attempt(), attempt(), attempt()];
    await settled();
    open[0]?.();
    await settled();
    expect(calls()).toBe(3);
    for (const pass of open) pass();
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(['failed', 'succeeded', 'succeeded']);
  });

  it('is done by the others as soon as the first is stopped, though its function goes on', async () => {
    const abort = new Abort();
    const { open, passed } = gate();
    const { attempt, calls } = world(async (_, call) => {
      await passed();
      return { call };
    });
    const [first, second] = [attempt({}, { abort }), attempt()];
    await settled();
    abort.abort(new Error('cancelled'));
    await settled();
    expect(calls()).toBe(2);
    open[1]?.();
    expect(written(await second)).toEqual({ '/call': 2 });
    open[0]?.();
    await first;
    expect(written(await attempt())).toEqual({ '/call': 2 });
  });

  it('is waited for as long as one can, and then done', async () => {
    const { open, passed } = gate();
    const { attempt, calls } = world(async (_, call) => {
      await passed();
      return { call };
    });
    const all = [attempt(), attempt({ timeoutMs: 8_000 })];
    await vi.advanceTimersByTimeAsync(7_100);
    expect(calls()).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(calls()).toBe(2);
    for (const pass of open) pass();
    await Promise.all(all);
  });

  it('is not waited for by who is stopped', async () => {
    const abort = new Abort();
    const { open, passed } = gate();
    const { attempt, calls } = world(() => passed());
    const [first, second] = [attempt(), attempt({}, { abort })];
    await settled();
    abort.abort(new Error('cancelled'));
    expect((await second).status).toBe('failed');
    open[0]?.();
    await first;
    expect(calls()).toBe(1);
  });

  it('is not waited for once it has read the context', async () => {
    const { open, passed } = gate();
    const { attempt, calls } = world(async ({ context }) => {
      await context.read('/pm');
      await passed();
    });
    const all = [attempt(), attempt()];
    await settled();
    expect(calls()).toBe(2);
    for (const pass of open) pass();
    await Promise.all(all);
  });
});
