import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';
import { verdictOf } from './verdict.ts';

const judged = () =>
  workflow('judged', (w) => {
    w.step('pm', {});
    w.step('review', { validates: ['pm'] });
  });
const set = (path: string, value: unknown) => ({ op: 'set' as const, path, value: value as never });

describe('the verdict of a validation', () => {
  const [pm, review] = judged().steps;

  it('is what its result says under ok and findings', () => {
    const writes = [set('/review/ok', false), set('/review/findings', ['no personas', { at: 'x' }])];
    expect(verdictOf(review, writes)).toEqual({ ok: false, findings: ['no personas', '{"at":"x"}'] });
    expect(verdictOf(review, [set('/review/ok', true)])).toEqual({ ok: true, findings: [] });
  });

  it('is none where the step judges nobody, or says neither yes nor no', () => {
    expect(verdictOf(pm, [set('/pm/ok', false)])).toBeUndefined();
    expect(verdictOf(review, [set('/review/ok', 'maybe')])).toBeUndefined();
  });

  it('is told in few and short words', () => {
    const findings = Array.from({ length: 100 }, () => 'x'.repeat(5_000));
    const told = verdictOf(review, [set('/review/ok', false), set('/review/findings', findings)]);
    expect([told?.findings.length, told?.findings[0]?.length]).toEqual([20, 500]);
  });

  it('is an event of the run and changes nothing of its outcome', () => {
    const world = new RunWorld(judged()).opened().place('pm').commit('pm').place('review').forget();
    const { attempt, epoch } = world.of('review');
    const writes = [set('/review/ok', false), set('/review/findings', ['no personas'])];
    world.take({
      ...{ type: 'attempt.outcome', run: 'r', step: 'review', attempt, epoch, role: 'review', instance: 'i-review' },
      ...{ base: 1, startedAtMs: 0, endedAtMs: 1, result: { status: 'succeeded', writes } },
    });
    const [wanted] = world.customs('commit') as { verdict: object }[];
    world.commit('review', { verdict: wanted?.verdict, version: 2 });
    expect(world.events('step.validated')).toEqual([
      { step: 'review', agent: 'review', validates: ['pm'], ok: false, findings: ['no personas'] },
    ]);
    expect(world.events('run.finished')).toMatchObject([{ outcome: 'succeeded' }]);
  });
});
