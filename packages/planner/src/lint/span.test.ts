import { expect, it } from 'vitest';
import { inspectWorkflow } from '../index.ts';
import { spanOf } from './span.ts';

it.each([
  [0, '0 ms'],
  [250, '250 ms'],
  [1_500, '1.5 s'],
  [90_000, '1 min 30 s'],
  [1_800_000, '30 min'],
  [28_800_000, '8 h'],
  [5_400_000, '1 h 30 min'],
  [3_600_500, '1 h'],
  [86_400_000, '1 d'],
])('%d ms are %s', (ms, words) => expect(spanOf(ms)).toBe(words));

it('a wait that is cut short is told in words that a person reads', () => {
  const text = 'workflow: { id: w, timeout: 30_minutes }\nsteps: { ok: { type: approval } }\n';
  const found = inspectWorkflow(text, { file: 'w.yaml' }).findings.find(({ code }) => code === 'long_wait');
  expect(found?.message).toBe('"ok" waits up to 8 h; the run times out after 30 min');
});
