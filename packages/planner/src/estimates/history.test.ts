import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadWorkflow, planWorkflow } from '../index.ts';
import { SEED } from '../seed.fixture.ts';
import { type FinishedStep, History } from './history.ts';
import { readHistory } from './read-history.ts';

const took = (durationMs: number, more: Partial<FinishedStep> = {}): FinishedStep => ({
  agent: 'a',
  durationMs,
  ...more,
});
const definition = loadWorkflow(SEED, { file: 'seed.yaml' }).definition;

describe('a history', () => {
  it('knows the median and the ninth tenth, whatever single samples are', () => {
    const samples = [...Array.from({ length: 20 }, (_, n) => took(100 + n)), took(1_000_000)];
    expect(new History(samples).estimateOf('a', 's')).toEqual({ p10Ms: 102, medianMs: 110, p90Ms: 118, samples: 21 });
  });

  it('says nothing of too few samples, or of agents that never ran', () => {
    const history = new History([took(1), took(2)]);
    expect(history.estimateOf('a', 's')).toBeUndefined();
    expect(history.estimateOf('b', 's')).toBeUndefined();
  });

  it('tells large inputs from small ones, by what the step was given before', () => {
    const sized = (step: string, bytes: number, ms: number) =>
      [0, 1, 2].map((n) => took(ms + n, { step, inputBytes: bytes + n }));
    const history = new History([...sized('small', 100, 10), ...sized('large', 90_000, 5_000)]);
    expect(history.estimateOf('a', 'small')).toMatchObject({ medianMs: 11, samples: 3, inputBytes: 63 });
    expect(history.estimateOf('a', 'large')).toMatchObject({ medianMs: 5_001, samples: 3 });
    expect(history.estimateOf('a', 'new')).toMatchObject({ samples: 6 });
  });

  it('has quantiles in order, within its samples', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 3, maxLength: 40 }), (durations) => {
        const { p10Ms, medianMs, p90Ms } = new History(durations.map((ms) => took(ms))).estimateOf('a', 's')!;
        const all = [Math.min(...durations), p10Ms, medianMs, p90Ms, Math.max(...durations)];
        expect(all).toEqual(all.toSorted((x, y) => x - y));
      }),
    );
  });
});

describe('events as text', () => {
  const line = (data: object, type = 'step.succeeded'): string =>
    JSON.stringify({ v: 1, type, time: '2026-11-26T00:00:00.000Z', run: 'r', seq: 1, data });
  const ended = { step: 'pm', agent: 'pm', attempt: 1, epoch: 1, version: 1, durationMs: 7 };

  it('give the steps that succeeded, and pass over the rest', () => {
    const text = [
      line(ended),
      '',
      line({ step: 'pm', agent: 'pm' }, 'step.ready'),
      line({ ...ended, inputBytes: 9 }),
      line({ ...ended, durationMs: 1, cached: true }),
    ].join('\n');
    const pm = { step: 'pm', agent: 'pm', durationMs: 7 };
    expect(readHistory(text, { file: 'h' })).toEqual([pm, { ...pm, inputBytes: 9 }]);
  });
  it('are refused with the line that is none', () => {
    expect(() => readHistory(`${line(ended)}\nx`, { file: 'h.jsonl' })).toThrow(/h.jsonl:2: not JSON/);
    expect(() => readHistory(line({ step: 'pm' }), { file: 'h.jsonl' })).toThrow(/h.jsonl:1: no event/);
  });
});

describe('a plan with a history', () => {
  const history = [60_000, 90_000, 120_000].map((durationMs) => took(durationMs, { agent: 'architect' }));

  it('says per step which estimate it used, and is the plan of the same file', () => {
    const [plain, learned] = [planWorkflow(definition), planWorkflow(definition, { history })];
    const stepOf = (plan: typeof plain, id: string) => plan.steps.find((step) => step.id === id);
    expect(stepOf(plain, 'architect')).toMatchObject({
      durationMs: 420_000,
      estimate: { source: 'group', minMs: 360_000 },
    });
    expect(stepOf(learned, 'architect')).toMatchObject({
      durationMs: 90_000,
      estimate: { source: 'history', minMs: 66_000, maxMs: 114_000, samples: 3 },
    });
    expect(stepOf(learned, 'pm')).toMatchObject({ durationMs: 300_000, estimate: { source: 'group' } });
    expect(learned.hash).toBe(plain.hash);
    expect(plain).toMatchObject({
      makespanMs: 1_860_000,
      lowerBoundMs: 1_860_000,
      sequentialMs: 2_280_000,
      optimal: true,
    });
  });

  it('leaves alone what a question has set', () => {
    const asked = planWorkflow(definition, { history, asked: ['architect'] });
    expect(asked.steps.find(({ id }) => id === 'architect')).toMatchObject({ durationMs: 420_000 });
  });
});
