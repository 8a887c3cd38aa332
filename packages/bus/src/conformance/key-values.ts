import { expect } from 'vitest';
import type { KeyValues } from '../port.ts';
import { type Check, check } from './check.ts';
import { bytes, codeOf, text } from './under-test.ts';

/** A lease as nats.md describes it: no TTL; whoever sees the revision unchanged for a period takes over, epoch + 1. */
async function takeOver(keyValues: KeyValues, key: string, owner: string): Promise<number | undefined> {
  const seen = await keyValues.get(key);
  const epoch = seen === undefined ? 1 : Number(text(seen.value).split(':')[1]) + 1;
  const revision = await codeOf(keyValues.set(key, bytes(`${owner}:${epoch}`), seen?.revision ?? 0));
  return revision === 'resolved' ? epoch : undefined;
}

export const keyValueChecks: readonly Check[] = [
  check('sets only on top of the revision that the writer expects', async (scene) => {
    const { keyValues } = await scene.connect();
    const key = `${scene.id}.lease`;
    const created = await keyValues.set(key, bytes('a'), 0);
    expect(await codeOf(keyValues.set(key, bytes('b'), 0))).toBe('revision_conflict');
    const changed = await keyValues.set(key, bytes('b'), created);
    expect(changed).toBeGreaterThan(created);
    expect(await codeOf(keyValues.set(key, bytes('c'), created))).toBe('revision_conflict');
    const entry = await keyValues.get(key);
    expect({ ...entry, value: text(entry?.value ?? bytes('')) }).toEqual({ key, value: 'b', revision: changed });
  }),

  check('of many writers that race for one revision exactly one wins', async (scene) => {
    const writers = await Promise.all(Array.from({ length: 5 }, () => scene.connect()));
    for (let round = 0; round < 10; round += 1) {
      const epochs = await Promise.all(writers.map((bus, w) => takeOver(bus.keyValues, `${scene.id}.lease`, `w${w}`)));
      const winners = epochs.filter((epoch) => epoch !== undefined);
      // A slow racer may read after the winner wrote and win the next epoch honestly, but never the same one.
      expect(winners.length).toBeGreaterThan(0);
      expect(new Set(winners).size).toBe(winners.length);
    }
  }),

  check('renews a lease by compare-and-set; the old owner learns that it was taken', async (scene) => {
    const [old, standby] = [await scene.connect(), await scene.connect()];
    const key = `${scene.id}.node`;
    const held = await old.keyValues.set(key, bytes('old:1'), 0);
    const renewed = await old.keyValues.set(key, bytes('old:1'), held);
    expect(await takeOver(standby.keyValues, key, 'standby')).toBe(2);
    expect(await codeOf(old.keyValues.set(key, bytes('old:1'), renewed))).toBe('revision_conflict');
    expect(text((await old.keyValues.get(key))?.value ?? bytes(''))).toBe('standby:2');
  }),

  check('a deleted entry is gone and may be created again, with a higher revision', async (scene) => {
    const { keyValues } = await scene.connect();
    const first = await keyValues.set(scene.id, bytes('1'), 0);
    await keyValues.delete(scene.id);
    await keyValues.delete(scene.id);
    expect(await keyValues.get(scene.id)).toBeUndefined();
    expect(await codeOf(keyValues.set(scene.id, bytes('2'), first))).toBe('revision_conflict');
    expect(await keyValues.set(scene.id, bytes('2'), 0)).toBeGreaterThan(first);
  }),

  check('lists the entries under a prefix, whole tokens or not', async (scene) => {
    const { keyValues } = await scene.connect();
    for (const key of ['node.a', 'node.ab', 'node.b', 'shard.1', 'nodes.z']) {
      await keyValues.set(`${scene.id}.${key}`, bytes(key), 0);
    }
    await keyValues.delete(`${scene.id}.node.b`);
    const listed = async (prefix: string) =>
      (await keyValues.list(`${scene.id}.${prefix}`)).map((e) => text(e.value)).sort();
    expect(await listed('node.')).toEqual(['node.a', 'node.ab']);
    expect(await listed('node')).toEqual(['node.a', 'node.ab', 'nodes.z']);
    expect(await listed('node.a')).toEqual(['node.a', 'node.ab']);
    expect(await listed('')).toEqual(['node.a', 'node.ab', 'nodes.z', 'shard.1']);
    expect(await listed('none')).toEqual([]);
  }),

  check('lists every change of others since the last list: new, changed, deleted and made again', async (scene) => {
    const [reader, writer] = [(await scene.connect()).keyValues, (await scene.connect()).keyValues];
    const listed = async () => (await reader.list(scene.id)).map((e) => `${e.key.slice(-1)}=${text(e.value)}`).sort();
    const set = (key: string, value: string, expect: number) => writer.set(`${scene.id}.${key}`, bytes(value), expect);
    const [a, b] = [await set('a', '1', 0), await set('b', '1', 0)];
    expect(await listed()).toEqual(['a=1', 'b=1']);
    expect(await listed()).toEqual(['a=1', 'b=1']);
    const again = await set('a', '2', a);
    await writer.delete(`${scene.id}.b`);
    await set('c', '1', 0);
    expect(await listed()).toEqual(['a=2', 'c=1']);
    await set('b', '3', 0);
    await writer.delete(`${scene.id}.c`);
    expect(await listed()).toEqual(['a=2', 'b=3']);
    expect(await codeOf(reader.set(`${scene.id}.b`, bytes('x'), b))).toBe('revision_conflict');
    await Promise.all(Array.from({ length: 100 }, (_, i) => set(`many${100 + i}`, 'x', 0)));
    await set('a', '4', again);
    expect((await listed()).length).toBe(102);
    expect(await listed()).toContain('a=4');
  }),

  check('refuses keys that are no keys', async (scene) => {
    const { keyValues } = await scene.connect();
    for (const key of ['', 'a b', 'a..b', '.a', 'a.', 'a.*', '>', 'a'.repeat(129)]) {
      expect(await codeOf(keyValues.set(key, bytes(''), 0)), key).toBe('bad_subject');
      expect(await codeOf(keyValues.get(key)), key).toBe('bad_subject');
    }
  }),
];
