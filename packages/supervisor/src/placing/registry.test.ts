import type { AttemptRef, Body } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { BELIEVE_BEATS_AFTER_MS, Registry } from './registry.ts';

type Beat = Body<'agent.beat'>;

const ref: AttemptRef = { run: 'r', step: 's', attempt: 1, epoch: 5 };

const beat = (seq: number, row: Partial<Beat['instances'][number]> = {}): Beat => ({
  process: 'p',
  host: 'h',
  pid: 1,
  seq,
  startedAtMs: 0,
  version: '0',
  left: false,
  instances: [{ role: 'pm', instance: 'p-1', state: 'idle', ...row }],
});

describe('the registry', () => {
  it('does not believe a beat that was on its way when the instance was given an attempt', () => {
    const registry = new Registry();
    registry.beat(beat(1), 0);
    registry.give('pm', 'p-1', ref, 10);
    expect(registry.beat(beat(2), 20)).toMatchObject({ lost: [], freed: [] });
    expect(registry.pick('pm', 0)).toBeUndefined();
  });

  it('takes an instance back when its beats no longer name the attempt, and says that nobody runs it', () => {
    const registry = new Registry();
    registry.beat(beat(1), 0);
    registry.give('pm', 'p-1', ref, 10);
    const late = 10 + BELIEVE_BEATS_AFTER_MS + 1;
    expect(registry.beat(beat(2), late)).toMatchObject({ lost: [{ ref, instance: 'p-1' }], freed: ['pm'] });
    expect(registry.pick('pm', 0)).toBe('p-1');
  });

  it('leaves an attempt with the instance as long as its beats name it', () => {
    const registry = new Registry();
    registry.beat(beat(1), 0);
    registry.give('pm', 'p-1', ref, 10);
    const late = 10 + BELIEVE_BEATS_AFTER_MS + 1;
    expect(registry.beat(beat(2, { state: 'running', attempt: ref }), late)).toMatchObject({ lost: [], freed: [] });
    expect(registry.pick('pm', 0)).toBeUndefined();
  });
});
