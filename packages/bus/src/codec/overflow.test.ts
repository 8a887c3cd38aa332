import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Blobs } from '../port.ts';
import { encode } from './codec.ts';
import { CONTENT_TYPES } from './content-types.ts';
import { createOverflow } from './overflow.ts';

function store(): Blobs & { readonly held: Map<string, Uint8Array> } {
  const held = new Map<string, Uint8Array>();
  return {
    held,
    put: async (data) => {
      const hash = createHash('sha256').update(data).digest('hex');
      held.set(hash, data);
      return hash;
    },
    get: async (hash) => held.get(hash),
    delete: async (hash) => void held.delete(hash),
  };
}

const body = (bytes: number) => ({ data: new Uint8Array(bytes).fill(7), contentType: CONTENT_TYPES.msgpack });
const overflow = (blobs: Blobs) => createOverflow({ limits: { maxPayloadBytes: 1000 }, blobs }, { maxBodyBytes: 5000 });

describe('overflow', () => {
  it('passes what fits through, the same object and no promise', () => {
    const fits = body(750);
    expect(overflow(store()).outgoing(fits)).toBe(fits);
    expect(overflow(store()).incoming(fits)).toBe(fits);
  });

  it('sends what does not fit as a small reference, and resolves it to the same body', async () => {
    const blobs = store();
    const reference = await overflow(blobs).outgoing(body(751));
    expect(reference.contentType).toBe(CONTENT_TYPES.blobRef);
    expect(reference.data.length).toBeLessThan(200);
    expect(await overflow(blobs).incoming(reference)).toEqual(body(751));
  });

  it('refuses beyond the limit on both sides', async () => {
    const blobs = store();
    await expect(overflow(blobs).outgoing(body(5001))).rejects.toMatchObject({ code: 'body_too_large' });
    expect(blobs.held.size).toBe(0);
    const wide = await createOverflow({ limits: { maxPayloadBytes: 1000 }, blobs }).outgoing(body(5001));
    await expect(overflow(blobs).incoming(wide)).rejects.toMatchObject({ code: 'body_too_large' });
  });

  it('refuses a reference to a reference, a missing blob and a malformed one', async () => {
    const blobs = store();
    const bad = (value: unknown) => overflow(blobs).incoming({ ...encode(value), contentType: CONTENT_TYPES.blobRef });
    const hash = 'a'.repeat(64);
    for (const value of [
      { hash, bytes: 5, contentType: CONTENT_TYPES.blobRef },
      { hash, bytes: 5, contentType: CONTENT_TYPES.msgpack },
      { hash: '../../x', bytes: 5, contentType: CONTENT_TYPES.msgpack },
      { hash, bytes: -1, contentType: CONTENT_TYPES.msgpack },
      null,
    ]) {
      await expect(bad(value)).rejects.toMatchObject({ code: 'bad_message' });
    }
  });
});
