export { type DecodeOptions, decode, encode, rawBytes } from './codec.ts';
export { type Body, CONTENT_TYPES } from './content-types.ts';
export { decodeJson, encodeJson } from './json.ts';
export {
  COMPRESSION_THRESHOLD_BYTES,
  HEADER_RESERVE_BYTES,
  MAX_BODY_BYTES,
  MAX_DECOMPRESSED_BYTES,
} from './limits.ts';
export { blobOf, createOverflow, maxInlineBytes, type Overflow, type OverflowLimits } from './overflow.ts';
export { publishJson } from './publish-json.ts';
