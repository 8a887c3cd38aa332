import { TuttiError } from '@tutti/contracts';
import { compressSync, uncompressSync } from 'lz4-napi';
import { LZ4_MAX_RATIO } from './limits.ts';

const SIZE_PREFIX_BYTES = 4;

/** LZ4 block with its uncompressed size in front (4 bytes, little-endian). */
export function compress(data: Uint8Array): Uint8Array {
  return compressSync(asBuffer(data));
}

/** Undoes `compress`. Throws `body_too_large` beyond `maxBytes`, before memory is taken; `bad_message` for garbage. */
export function decompress(data: Uint8Array, maxBytes: number): Uint8Array {
  const bytes = statedSize(data);
  if (bytes > maxBytes) {
    throw new TuttiError('body_too_large', `A compressed body states ${bytes} bytes; the limit is ${maxBytes}.`, {
      details: { bytes, limit: maxBytes },
    });
  }
  try {
    const plain = uncompressSync(asBuffer(data));
    if (plain.length === bytes) return plain;
  } catch (error) {
    throw new TuttiError('bad_message', 'A body is not the LZ4 block that its content type says.', { cause: error });
  }
  throw new TuttiError('bad_message', `A compressed body does not unpack to the ${bytes} bytes it states.`);
}

/** The size that a block says it unpacks to. Throws `bad_message` for what no block can hold. */
export function statedSize(data: Uint8Array): number {
  if (data.length <= SIZE_PREFIX_BYTES) throw new TuttiError('bad_message', 'A compressed body is cut off.');
  const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true);
  if (bytes > data.length * LZ4_MAX_RATIO) {
    throw new TuttiError(
      'bad_message',
      `A compressed body of ${data.length} bytes cannot hold the ${bytes} it states.`,
    );
  }
  return bytes;
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
