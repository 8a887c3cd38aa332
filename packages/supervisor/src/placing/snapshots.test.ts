import { describe, expect, it } from 'vitest';
import { Snapshots } from './snapshots.ts';

const view = (version: number, paths: string[]) => ({ version, paths, values: { '/a': version } });

describe('views of a context', () => {
  it('are found when all that is wanted was asked for and nothing newer is known', () => {
    const snapshots = new Snapshots();
    snapshots.keep('r', view(3, ['/a', '/b']));
    expect(snapshots.find('r', ['/b'], 3)).toMatchObject({ version: 3 });
    expect(snapshots.find('r', ['/a', '/b'], 2)).toMatchObject({ version: 3 });
    expect(snapshots.find('r', ['/a', '/c'], 3)).toBeUndefined();
    expect(snapshots.find('r', ['/a'], 4)).toBeUndefined();
    expect(snapshots.find('s', ['/a'], 0)).toBeUndefined();
  });

  it('are replaced by newer ones only, and forgotten with their run', () => {
    const snapshots = new Snapshots();
    snapshots.keep('r', view(3, ['/a']));
    snapshots.keep('r', view(2, ['/a', '/b']));
    expect(snapshots.find('r', ['/a', '/b'], 0)).toBeUndefined();
    snapshots.keep('r', view(4, ['/b']));
    expect(snapshots.find('r', ['/b'], 4)).toMatchObject({ version: 4 });
    snapshots.forget('r');
    expect(snapshots.find('r', ['/b'], 0)).toBeUndefined();
  });
});
