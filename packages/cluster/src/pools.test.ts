import { DEFAULT_POOL, type NodePool } from '@tutti/contracts';
import { silentLogger } from '@tutti/telemetry';
import { describe, expect, it } from 'vitest';
import { OtherPools, poolOf } from './pools.ts';

const narrow = { ...DEFAULT_POOL, concurrentAgents: 1 };
const given = (holds: boolean, spec = DEFAULT_POOL): { pool: NodePool } => ({ pool: { spec, holds } });

describe('the pool of a cluster', () => {
  it('is that of the node which manages it; while nobody does, that of one which may', () => {
    expect(poolOf([{}, given(false), given(true, narrow)])).toEqual(narrow);
    expect(poolOf([{}, given(false, narrow)])).toEqual(narrow);
    expect(poolOf([{}])).toBeUndefined();
  });

  it('that another node was not given is told to the log, once until it changes', () => {
    const told: string[] = [];
    const note = (level: string) => (fields: object) => void told.push(`${level} ${JSON.stringify(fields)}`);
    const others = new OtherPools({ ...silentLogger, warn: note('warn'), info: note('info') }, DEFAULT_POOL);
    others.heard('same', { spec: { ...DEFAULT_POOL }, holds: false });
    expect(told).toEqual([]);
    for (let beats = 0; beats < 3; beats++) others.heard('b', { spec: narrow, holds: true });
    expect(told).toEqual([expect.stringMatching(/^warn .*"other":"b".*"agents":3.*"agents":1/)]);
    others.heard('b', { spec: DEFAULT_POOL, holds: true });
    expect(told[1]).toMatch(/^info .*"other":"b"/);
    expect(told).toHaveLength(2);
  });
});
