/** Bodies above this are compressed, if that makes them smaller (the specification's `compression_threshold`). */
export const COMPRESSION_THRESHOLD_BYTES = 10 * 1024;

/** A body may not unpack to more than this; the size that a peer states is checked before memory is taken for it. */
export const MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

/** LZ4 cannot shrink more than this, so a larger size than `255 × length` is a lie. */
export const LZ4_MAX_RATIO = 255;

/** Bodies above this are refused even as blobs: what is larger belongs outside, with a reference in the context. */
export const MAX_BODY_BYTES = MAX_DECOMPRESSED_BYTES;

/** Room kept for headers when deciding whether a body fits a message. */
export const HEADER_RESERVE_BYTES = 4 * 1024;
