import type { RunView, StepView } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import type { Cli } from '../cli.ts';
import { createPaint } from '../text/line.ts';
import { viewLines, whereOf } from './show.ts';

const shown = (step: Partial<StepView>): string => {
  const view: RunView = {
    ...{ run: 'r', workflow: 'w', planHash: 'h', phase: 'running', submittedAtMs: 0, contextVersion: 0, lastSeq: 1 },
    ...{ owner: 'n', groups: [], conflicts: [] },
    steps: [{ id: 'a', agent: 'x', status: 'waiting', attempt: 2, ...step }],
  };
  const paint = createPaint(false);
  return (
    viewLines(view, 5_000)
      .map(paint)
      .find((line) => line.startsWith('a ')) ?? ''
  );
};
const error = { code: 'agent_failed' as const, message: 'boom', retryable: true };
const instance = { kind: 'instance' as const, names: ['x'], reason: 'every instance is busy', sinceMs: 1_000 };

describe('a step of which an attempt has failed', () => {
  it('says first what it waits for, then after what', () => {
    expect(shown({ error, waitsOn: instance })).toMatch(
      /waits 4\.0 s for instance x .*busy\); after: boom \(agent_failed\)$/,
    );
  });

  it('says the error once where the wait names it', () => {
    const waitsOn = { kind: 'backoff' as const, names: [], reason: 'tries again in 9 ms after: boom', sinceMs: 1_000 };
    expect(shown({ error, waitsOn, status: 'backoff' })).toMatch(/tries again in 9 ms after: boom\)$/);
  });

  it('says where it runs now, and its error alone once it has failed for good', () => {
    expect(shown({ error, instance: 'i1', status: 'running' })).toMatch(/on i1; after: boom \(agent_failed\)$/);
    expect(shown({ error, status: 'failed', endedAtMs: 9 })).toMatch(/ {2}boom \(agent_failed\)$/);
  });
});

it('a step whose work had been done before says so', () => {
  const done = { instance: 'i1', status: 'succeeded' as const, endedAtMs: 9 };
  expect(shown({ ...done, cached: true })).toMatch(/ {2}done from the cache$/);
  expect(shown(done)).toMatch(/ {2}on i1$/);
});

describe('the commands that answer a step', () => {
  const waitsOn = { kind: 'signal' as const, names: ['green'], reason: 'waits', sinceMs: 0 };
  const step = { id: 'a', agent: 'x', status: 'waiting' as const, attempt: 1, waitsOn };
  const view: RunView = {
    ...{ run: 'r', workflow: 'w', planHash: 'h', phase: 'running', submittedAtMs: 0, contextVersion: 0, lastSeq: 1 },
    ...{ owner: 'n', groups: [], conflicts: [], steps: [step] },
  };
  const command = (globals: object, env: Record<string, string> = {}): string => {
    const where = whereOf({ io: { env }, globals: { prefix: 'tutti', ...globals } } as unknown as Cli);
    const text = viewLines(view, 5_000, where).map(createPaint(false)).join('\n');
    return /answer it: tutti signal r green(.*)$/m.exec(text)?.[1] ?? 'none';
  };

  it('name the cluster where it was given by hand', () => {
    expect(command({})).toBe('');
    expect(command({ nats: 'nats://b:4222' })).toBe(' --nats nats://b:4222');
    expect(command({ nats: 'nats://b:4222', prefix: 'mine' })).toBe(' --nats nats://b:4222 --prefix mine');
    const env = { TUTTI_NATS: 'nats://b:4222', TUTTI_PREFIX: 'mine' };
    expect(command({ nats: 'nats://b:4222', prefix: 'mine' }, env)).toBe('');
  });

  it('tell no password', () => {
    expect(command({ nats: 'nats://ann:s3cret@b:4222' })).toBe(' --nats URL');
  });
});
