import type { RunView, StepView } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { becauseOf, MOST_BECAUSE } from './because.ts';

const step = (id: string, more: Partial<StepView>): StepView => ({
  id,
  agent: id,
  status: 'pending',
  attempt: 1,
  ...more,
});
const waits = (kind: 'step' | 'group' | 'pool' | 'instance', ...names: string[]): Partial<StepView> => ({
  waitsOn: { kind, names, reason: `waits for ${names.join(', ')}`, sinceMs: 5 },
});
const view = (...steps: readonly StepView[]): RunView => ({
  ...{ run: 'r', workflow: 'w', planHash: 'h', phase: 'running', submittedAtMs: 0, contextVersion: 0, lastSeq: 1 },
  ...{ owner: 'n', groups: [], conflicts: [], steps: [...steps] },
});
const told = (of: RunView, id: string): readonly string[] =>
  becauseOf(of, id).map(({ depth, step: each, text }) => `${depth} ${each} ${text}`);

describe('why a step waits', () => {
  it('leads over groups and steps to what runs', () => {
    const run = view(
      step('a', { group: 'g', status: 'running', instance: 'i-1' }),
      step('b', { group: 'g', status: 'succeeded', endedAtMs: 9 }),
      step('c', waits('group', 'g')),
      step('d', waits('step', 'c')),
    );
    expect(told(run, 'd')).toEqual(['0 d waits for step c', '1 c waits for group g', '2 a runs on i-1']);
  });

  it('names who holds the pool, and follows it where it is of this run', () => {
    const run = view(step('a', { status: 'running', instance: 'i-1' }), step('b', waits('pool', 'r/a', 'other/x')));
    expect(told(run, 'b')).toEqual(['0 b waits for r/a, other/x, held by r/a, other/x', '1 a runs on i-1']);
  });

  it('tells each step once, and no more than it may', () => {
    const many = Array.from({ length: 100 }, (_, n) => step(`s${n}`, { status: 'running' }));
    const run = view(
      step('a', waits('step', 'b')),
      step('b', waits('step', 'a')),
      step('all', waits('step', ...many.map(({ id }) => id))),
      ...many,
    );
    expect(told(run, 'a')).toHaveLength(2);
    expect(told(run, 'all')).toHaveLength(MOST_BECAUSE);
  });

  it('says of a step that is over what came of it', () => {
    const error = { code: 'agent_failed' as const, message: 'boom', retryable: false };
    expect(told(view(step('a', { status: 'failed', error, endedAtMs: 9 })), 'a')).toEqual([
      '0 a has failed: boom (agent_failed)',
    ]);
  });
});
