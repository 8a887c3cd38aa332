import { expect } from 'vitest';
import { type Check, check } from './check.ts';
import { bytes, CONFORMANCE_MAX_LOG_RECORDS, codeOf, text, uniqueToken } from './under-test.ts';

const codeOfError = (error: { readonly code?: string }): string | undefined => error.code;

const appends = [
  check('appends only on top of the sequence that the writer expects', async (scene) => {
    const { logs } = await scene.connect();
    const key = `${scene.id}.run1`;
    const first = await logs.append(key, bytes('one'), { expect: 0, id: 'i1' });
    expect(first).toBeGreaterThan(0);
    const second = await logs.append(key, bytes('two'), { expect: first, id: 'i2' });
    expect(second).toBeGreaterThan(first);
    expect(await codeOf(logs.append(key, bytes('stale'), { expect: first, id: 'i3' }))).toBe('fenced');
    expect(await codeOf(logs.append(key, bytes('stale'), { expect: 0, id: 'i4' }))).toBe('fenced');
    expect(await codeOf(logs.append(key, bytes('ahead'), { expect: second + 1, id: 'i5' }))).toBe('fenced');
    expect((await logs.read(key)).map((record) => text(record.data))).toEqual(['one', 'two']);
  }),

  check('an append repeated under its own id is told the sequence it has, and stored once', async (scene) => {
    const { logs } = await scene.connect();
    const seq = await logs.append(scene.id, bytes('x'), { expect: 0, id: 'same' });
    expect(await logs.append(scene.id, bytes('x'), { expect: 0, id: 'same' })).toBe(seq);
    expect(await logs.read(scene.id)).toHaveLength(1);
  }),

  check('of many writers that race for one sequence exactly one wins each round', async (scene) => {
    const writers = await Promise.all(Array.from({ length: 5 }, () => scene.connect()));
    let expected = 0;
    for (let round = 0; round < 20; round += 1) {
      const outcomes = await Promise.allSettled(
        writers.map(({ logs }, w) => logs.append(scene.id, bytes(`${w}`), { expect: expected, id: `${round}-${w}` })),
      );
      const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
      expect(won).toHaveLength(1);
      expect(lost).toEqual(['fenced', 'fenced', 'fenced', 'fenced']);
      expected = won[0] ?? 0;
    }
    expect(await writers[0]?.logs.read(scene.id)).toHaveLength(20);
  }),

  check('appends of different keys do not hinder one another', async (scene) => {
    const { logs } = await scene.connect();
    const keys = Array.from({ length: 50 }, (_, i) => `${scene.id}.k${i}`);
    await Promise.all(keys.map((key) => logs.append(key, bytes(key), { expect: 0, id: key })));
    const stored = await Promise.all(keys.map((key) => logs.last(key)));
    expect(stored.map((record) => text(record?.data ?? bytes('')))).toEqual(keys);
  }),

  check(
    'of many appends at once each is told the sequence that the next one of its log is to expect',
    async (scene) => {
      const { logs } = await scene.connect();
      const keys = Array.from({ length: 150 }, (_, i) => `${scene.id}.m${i}`);
      let seqs = keys.map(() => 0);
      for (const round of ['a', 'b', 'c']) {
        const appended = keys.map((key, i) =>
          logs.append(key, bytes(`${round}${i}`), { expect: seqs[i] ?? 0, id: `${round}-${key}` }),
        );
        seqs = await Promise.all(appended);
      }
      for (const [i, key] of keys.entries()) {
        const records = await logs.read(key);
        expect(records.map(({ data }) => text(data))).toEqual([`a${i}`, `b${i}`, `c${i}`]);
        expect(records.at(-1)?.seq).toBe(seqs[i]);
      }
    },
  ),

  check('of many appends at once those that expect what is not there are fenced, and no other', async (scene) => {
    const { logs } = await scene.connect();
    const keys = Array.from({ length: 60 }, (_, i) => `${scene.id}.n${i}`);
    const isStale = (i: number): boolean => i % 20 === 13;
    const answers = keys.map((key, i) =>
      logs.append(key, bytes(key), { expect: isStale(i) ? 7 : 0, id: key }).then(() => 'stored', codeOfError),
    );
    expect(await Promise.all(answers)).toEqual(keys.map((_, i) => (isStale(i) ? 'fenced' : 'stored')));
    const stored = await Promise.all(keys.map((key) => logs.read(key)));
    expect(stored.map(({ length }) => length)).toEqual(keys.map((_, i) => (isStale(i) ? 0 : 1)));
  }),

  check('a full log says log_full and keeps what it has', async (scene) => {
    const { logs } = await scene.connect();
    let seq = 0;
    for (let i = 0; i < CONFORMANCE_MAX_LOG_RECORDS; i += 1) {
      seq = await logs.append(scene.id, bytes(String(i)), { expect: seq, id: `i${i}` });
    }
    expect(await codeOf(logs.append(scene.id, bytes('more'), { expect: seq, id: 'more' }))).toBe('log_full');
    const records = await logs.read(scene.id);
    expect(records).toHaveLength(CONFORMANCE_MAX_LOG_RECORDS);
    expect(text(records[0]?.data ?? bytes(''))).toBe('0');
  }),

  check('refuses a record over the limit and a key that is no subject', async (scene) => {
    const { logs, limits } = await scene.connect();
    const over = new Uint8Array(limits.maxPayloadBytes + 1);
    expect(await codeOf(logs.append(scene.id, over, { expect: 0, id: 'big' }))).toBe('body_too_large');
    expect(await codeOf(logs.append('a b', bytes(''), { expect: 0, id: 'x' }))).toBe('bad_subject');
    expect(await codeOf(logs.append(`${scene.id}.>`, bytes(''), { expect: 0, id: 'x' }))).toBe('bad_subject');
    expect(await logs.last(scene.id)).toBeUndefined();
  }),
];

const reads = [
  check('reads from a sequence on, in order, with id, bytes and time', async (scene) => {
    const { logs } = await scene.connect();
    const seqs: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      const data = new Uint8Array([i, 0, 255]);
      seqs.push(await logs.append(scene.id, data, { expect: seqs.at(-1) ?? 0, id: `id-${i}` }));
      await logs.append(`${scene.id}.other`, data, {
        expect: (await logs.last(`${scene.id}.other`))?.seq ?? 0,
        id: `o${i}`,
      });
    }
    const all = await logs.read(scene.id);
    expect(all.map((record) => record.seq)).toEqual(seqs);
    expect(all.map((record) => record.id)).toEqual(seqs.map((_, i) => `id-${i}`));
    expect([...(all[3]?.data ?? [])]).toEqual([3, 0, 255]);
    expect(all.every((record) => record.timeMs > Date.UTC(2020, 0))).toBe(true);
    const tail = await logs.read(scene.id, seqs[7]);
    expect(tail.map((record) => record.seq)).toEqual(seqs.slice(7));
    expect(await logs.read(scene.id, (seqs[9] ?? 0) + 1)).toEqual([]);
    expect((await logs.last(scene.id))?.seq).toBe(seqs[9]);
  }),

  check('an unknown key is empty, not an error', async (scene) => {
    const { logs } = await scene.connect();
    expect(await logs.read(scene.id)).toEqual([]);
    expect(await logs.last(scene.id)).toBeUndefined();
    expect(await logs.keys(`${scene.id}.>`)).toEqual([]);
    await logs.purge(scene.id);
  }),

  check('lists the keys that match a filter', async (scene) => {
    const { logs } = await scene.connect();
    for (const key of ['wf.1.a', 'wf.1.b', 'wf.2.a', 'ctx.1.a']) {
      await logs.append(`${scene.id}.${key}`, bytes(''), { expect: 0, id: uniqueToken() });
    }
    const named = async (filter: string) =>
      (await logs.keys(`${scene.id}.${filter}`)).map((key) => key.slice(scene.id.length + 1)).sort();
    expect(await named('wf.1.*')).toEqual(['wf.1.a', 'wf.1.b']);
    expect(await named('*.1.a')).toEqual(['ctx.1.a', 'wf.1.a']);
    expect(await named('>')).toEqual(['ctx.1.a', 'wf.1.a', 'wf.1.b', 'wf.2.a']);
    expect(await named('wf.1.a')).toEqual(['wf.1.a']);
  }),

  check('purge drops what is before a sequence, or all; an emptied log starts again at 0', async (scene) => {
    const { logs } = await scene.connect();
    const seqs: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      seqs.push(await logs.append(scene.id, bytes(`${i}`), { expect: seqs.at(-1) ?? 0, id: `i${i}` }));
    }
    await logs.append(`${scene.id}.other`, bytes('kept'), { expect: 0, id: 'o' });
    await logs.purge(scene.id, seqs[2]);
    expect((await logs.read(scene.id)).map((record) => record.seq)).toEqual(seqs.slice(2));
    await logs.purge(scene.id);
    expect(await logs.read(scene.id)).toEqual([]);
    expect(await logs.keys(`${scene.id}.>`)).toEqual([`${scene.id}.other`]);
    expect(await codeOf(logs.append(scene.id, bytes('x'), { expect: seqs[3] ?? 0, id: 'x' }))).toBe('fenced');
    expect(await logs.append(scene.id, bytes('again'), { expect: 0, id: 'y' })).toBeGreaterThan(seqs[3] ?? 0);
  }),
];

export const logChecks: readonly Check[] = [...appends, ...reads];
