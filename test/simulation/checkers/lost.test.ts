import type { Observation } from '@tutti/testkit/simulation';
import { describe, expect, it } from 'vitest';
import { check, nothing } from './fixture.ts';
import type { Evidence } from './index.ts';
import { marred } from './lost.ts';

const KEY = 'ctx.1.r';
const appended = (id: string, process = 'n', at = 1): Observation => ({ kind: 'appended', at, process, key: KEY, id });
const lost = (id: string, at = 5): Observation => ({ kind: 'lost', at, key: KEY, id });
const fault = (text: string, at = 3): Observation => ({ kind: 'fault', at, text });
const line = (text: string, error = ''): Observation => {
  return { kind: 'log', at: 6, process: 'n', level: 'error', text, error };
};
const kept = (...ids: string[]): Evidence['journals'] => [
  { key: KEY, records: ids.map((id) => ({ id, epoch: 1, kind: 'steps', end: false, events: [] })) },
];
const checked = (observations: readonly Observation[], journals = kept('a')) =>
  check('lostTailsComeBack', { observations, journals });

describe('the checker of lost tails', () => {
  it('finds a record that its living owner did not bring back', () => {
    expect(checked([appended('a'), appended('b'), lost('b')])).toContain('b of ctx.1.r is lost, though n still had it');
  });

  it('is content when it is back', () => {
    expect(checked([appended('a'), appended('b'), lost('b')], kept('a', 'b'))).toBe('');
  });

  it('asks nothing of a record that nobody was told of', () => {
    expect(checked([appended('a'), lost('b')])).toBe('');
  });

  it('is content when the loss is told', () => {
    const told = line(
      'a record could not be appended',
      `The journal ${KEY} ends with record 1; 2 had been acknowledged`,
    );
    expect(checked([appended('b'), lost('b'), told])).toBe('');
  });

  it.each([
    ['died', fault('crash n, which was beside it')],
    ['left', fault('leave n')],
    ['gave up its actors', line('the lease could not be renewed: this node stops its actors')],
    ['was followed by another', appended('c', 'm', 7)],
  ])('asks nothing of an owner that %s', (_, after) => {
    expect(checked([appended('b'), lost('b'), after])).toBe('');
  });

  it('holds an owner to it whatever befell others, or itself before it wrote', () => {
    expect(checked([fault('crash m'), appended('b', 'n', 4), lost('b')])).not.toBe('');
    expect(checked([fault('crash n', 1), appended('b', 'n', 4), lost('b')])).not.toBe('');
  });
});

describe('a run that is marred', () => {
  it('is one that has lost records of that store for good', () => {
    const evidence = { ...nothing, observations: [lost('b')], journals: kept('a') };
    expect([...marred(evidence, 'ctx')]).toEqual(['r']);
    expect([...marred(evidence, 'wf')]).toEqual([]);
    expect([...marred({ ...evidence, journals: kept('a', 'b') }, 'ctx')]).toEqual([]);
  });
});
