/** What a body is, as the `Content-Type` header says it. */
export const CONTENT_TYPES = {
  msgpack: 'application/msgpack',
  /** LZ4 block of a msgpack body, behind its size in 4 bytes, little-endian. */
  msgpackLz4: 'application/msgpack+lz4',
  json: 'application/json',
  /** A small msgpack map that names a blob which holds the body. */
  blobRef: 'application/vnd.tutti.blob-ref',
} as const;

/** A body as it goes over the wire. */
export interface Body {
  readonly data: Uint8Array;
  readonly contentType: string;
}
