/**
 * Values to bytes and back. One wire form for all processes: msgpack, behind LZ4 when it is large and that helps.
 *
 * Invariants: (1) garbage is a `bad_message`, never a crash; (2) no size stated by a peer takes memory unchecked;
 * (3) no key of a decoded value reaches a prototype; (4) the same value gives the same bytes in every process.
 */
import { TuttiError } from '@tutti/contracts';
import { type Body, CONTENT_TYPES } from './content-types.ts';
import { decodeJson } from './json.ts';
import { COMPRESSION_THRESHOLD_BYTES, MAX_DECOMPRESSED_BYTES } from './limits.ts';
import { compress, decompress, statedSize } from './lz4.ts';
import { pack, unpack } from './msgpack.ts';

export interface DecodeOptions {
  /** Most bytes a body may unpack to. Default `MAX_DECOMPRESSED_BYTES`. */
  readonly maxBytes?: number;
}

/** Encodes a JSON-like value (`undefined` and `Uint8Array` too). Throws `bad_message` for what has no wire form. */
export function encode(value: unknown): Body {
  const data = pack(value);
  if (data.length <= COMPRESSION_THRESHOLD_BYTES) return { data, contentType: CONTENT_TYPES.msgpack };
  const packed = compress(data);
  if (packed.length >= data.length) return { data, contentType: CONTENT_TYPES.msgpack };
  return { data: packed, contentType: CONTENT_TYPES.msgpackLz4 };
}

/** Bytes that a body unpacks to. */
export const rawBytes = ({ data, contentType }: Body): number =>
  contentType === CONTENT_TYPES.msgpackLz4 ? statedSize(data) : data.length;

/**
 * Decodes a body by its content type (absent: msgpack). Byte arrays in the value may share memory with `data`.
 * Throws `bad_message` for garbage or an unknown content type, `body_too_large` beyond the limit.
 */
export function decode(
  data: Uint8Array,
  contentType: string = CONTENT_TYPES.msgpack,
  options: DecodeOptions = {},
): unknown {
  const maxBytes = options.maxBytes ?? MAX_DECOMPRESSED_BYTES;
  if (data.length > maxBytes) throw tooLarge(data.length, maxBytes);
  switch (contentType) {
    case CONTENT_TYPES.msgpack:
      return unpack(data);
    case CONTENT_TYPES.msgpackLz4:
      return unpack(decompress(data, maxBytes));
    case CONTENT_TYPES.json:
      return decodeJson(data);
    default:
      throw new TuttiError('bad_message', `The content type "${contentType.slice(0, 100)}" is not known here.`);
  }
}

function tooLarge(bytes: number, limit: number): TuttiError {
  return new TuttiError('body_too_large', `A body of ${bytes} bytes is over the limit of ${limit}.`, {
    details: { bytes, limit },
  });
}
