import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { createOverflow, encode } from '../codec/index.ts';
import { type Check, check } from './check.ts';
import { text } from './under-test.ts';

const hashOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** Bytes that differ from one test to the next and do not compress. */
const noise = (seed: string, length: number): Uint8Array =>
  createHash('shake256', { outputLength: length }).update(seed).digest();

export const blobChecks: readonly Check[] = [
  check(
    'keeps bytes under their SHA-256, larger than any message, and shows them to every connection',
    async (scene) => {
      const [writer, reader] = [await scene.connect(), await scene.connect()];
      const large = noise(scene.id, writer.limits.maxPayloadBytes * 2 + 17);
      const hash = await writer.blobs.put(large);
      expect(hash).toBe(hashOf(large));
      const stored = await reader.blobs.get(hash);
      expect(stored === undefined ? '' : hashOf(stored)).toBe(hash);
    },
  ),

  check('takes an empty blob, and the same blob twice', async (scene) => {
    const { blobs } = await scene.connect();
    const empty = await blobs.put(new Uint8Array(0));
    expect(await blobs.get(empty)).toHaveLength(0);
    const data = noise(scene.id, 1000);
    expect(await Promise.all([blobs.put(data), blobs.put(data)])).toEqual([hashOf(data), hashOf(data)]);
    expect(await blobs.get(hashOf(data))).toHaveLength(1000);
  }),

  check('an unknown or deleted blob is undefined, not an error', async (scene) => {
    const { blobs } = await scene.connect();
    const hash = await blobs.put(noise(scene.id, 500));
    await blobs.delete(hash);
    await blobs.delete(hash);
    expect(await blobs.get(hash)).toBeUndefined();
    expect(await blobs.get(hashOf(noise(`${scene.id}-never`, 10)))).toBeUndefined();
    expect(await blobs.put(noise(scene.id, 500))).toBe(hash);
    expect(await blobs.get(hash)).toHaveLength(500);
  }),

  check('carries a body over the message limit as a reference that the other side resolves', async (scene) => {
    const [sender, receiver] = [await scene.connect(), await scene.connect()];
    const body = encode(noise(scene.id, sender.limits.maxPayloadBytes + 1));
    const sent = await createOverflow(sender).outgoing(body);
    expect(sent.data.length).toBeLessThan(300);
    const arrived = await createOverflow(receiver).incoming(sent);
    expect(arrived.contentType).toBe(body.contentType);
    expect(hashOf(arrived.data)).toBe(hashOf(body.data));
    expect(text(sent.data)).toContain(hashOf(body.data));
  }),
];
