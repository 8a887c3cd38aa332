import { describe, expect, it } from 'vitest';
import type { AttemptResult } from '../execute.ts';
import { StrayGuard } from './strays.ts';

const done: AttemptResult = { status: 'succeeded', writes: [] };
const owner = (agent: string) => ({ agent, run: 'r', step: `step_of_${agent}` });
const never = (): Promise<AttemptResult> => new Promise(() => undefined);
const turn = (callback: () => void): void => void setImmediate(callback);

describe('a stray error', () => {
  it('fails the attempt whose code let it go, and no other', async () => {
    const guard = new StrayGuard();
    const other = guard.run(owner('other'), () => new Promise((resolve) => setTimeout(resolve, 20, done)));
    const careless = guard.run(owner('careless'), () => {
      const boom = new Error('boom');
      boom.stack = 'Error: boom\n    at node:internal/timers:1:1\n    at run (file:///of/me/agents.ts:3:7)';
      turn(() => guard.blame(boom));
      return never();
    });
    expect(await careless).toMatchObject({ status: 'failed', error: { code: 'agent_failed', retryable: true } });
    expect(JSON.stringify(await careless)).toContain('let an error escape at /of/me/agents.ts:3:7: boom');
    expect(await other).toEqual(done);
  });

  it('of an attempt that has ended fails nothing, and is told as late', async () => {
    const guard = new StrayGuard();
    let blamed: unknown;
    const ended = guard.run(owner('late'), async () => {
      setTimeout(() => {
        blamed = guard.blame(new Error('boom'));
      }, 10);
      return done;
    });
    expect(await ended).toEqual(done);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(blamed).toMatchObject({ agent: 'late', isLate: true });
  });

  it('that no attempt can be blamed for is nobody’s', () => {
    expect(new StrayGuard().blame(new Error('of somebody else'))).toBeUndefined();
  });

  it('keeps what its thrower said of another try', async () => {
    const guard = new StrayGuard();
    const fatal = Object.assign(new Error('never again'), {
      name: 'TuttiError',
      code: 'agent_failed',
      retryable: false,
    });
    const failed = guard.run(owner('a'), () => {
      turn(() => guard.blame(fatal));
      return never();
    });
    expect(await failed).toMatchObject({ error: { retryable: false } });
  });
});
