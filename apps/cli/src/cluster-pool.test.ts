import { DEFAULT_POOL } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { parsePool, poolNote, poolText } from './cluster-pool.ts';

describe('--pool', () => {
  it('sets what it names, in the words of --what-if; the rest is as by default', () => {
    expect(parsePool('agents=5, cpu=200')).toEqual({ ...DEFAULT_POOL, concurrentAgents: 5, cpuUnits: 200 });
    expect(parsePool('memory=50,slots=2').named).toEqual({ slots: 2 });
  });

  it.each(['', 'agents', 'agents=0', 'agents=1.5', 'cpu=-1', 'cpu=1=2', 'cpu=many', 'a b=1', 'constructor=1'])(
    'that cannot be understood is refused with how to write it: "%s"',
    (text) => {
      expect(() => parsePool(text)).toThrow(/write it as agents=5,cpu=200/);
    },
  );

  it('is shown as it is written', () => {
    expect(poolText(parsePool('cpu=7,slots=2'))).toBe('agents=3, cpu=7, memory=100, slots=2');
    expect(poolText({ ...DEFAULT_POOL, memoryStrict: false })).toMatch(/memory_strict=false$/);
  });
});

describe('a file whose pool is not the one of the cluster', () => {
  const narrow = { ...DEFAULT_POOL, concurrentAgents: 1 };

  it('is told of in one line with both numbers', () => {
    const line = 'the pool of the cluster holds, not that of f.yaml: agents=3 (the file: 1)';
    expect(poolNote('f.yaml', narrow, DEFAULT_POOL)).toContain(line);
    expect(poolNote('f.yaml', DEFAULT_POOL, narrow)).toContain('agents=1 (the file: 3)');
  });

  it('is not told of when the file wants nothing special and the cluster has no less', () => {
    expect(poolNote('f.yaml', DEFAULT_POOL, parsePool('agents=9,cpu=900'))).toBeUndefined();
    expect(poolNote('f.yaml', narrow, narrow)).toBeUndefined();
  });

  it('is believed about named resources that the cluster does not know, and corrected about those that it does', () => {
    const file = { ...DEFAULT_POOL, named: { slots: 2 } };
    expect(poolNote('f.yaml', file, DEFAULT_POOL)).toBeUndefined();
    expect(poolNote('f.yaml', file, { ...DEFAULT_POOL, named: { slots: 5, gpu: 1 } })).toContain(
      'slots=5 (the file: 2)',
    );
  });
});
