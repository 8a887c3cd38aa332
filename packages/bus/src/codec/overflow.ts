/**
 * Bodies that no message can carry travel as blobs: the sender stores the body and sends a reference; the receiver
 * resolves it. What fits passes through untouched and without a promise, so the hot path stays synchronous.
 */
import { TuttiError } from '@tutti/contracts';
import type { Blobs, BusLimits } from '../port.ts';
import { type Body, CONTENT_TYPES } from './content-types.ts';
import { HEADER_RESERVE_BYTES, MAX_BODY_BYTES } from './limits.ts';
import { pack, unpack } from './msgpack.ts';

export interface OverflowLimits {
  /** Largest body at all, in bytes. Default `MAX_BODY_BYTES`. */
  readonly maxBodyBytes?: number;
  /** Largest body sent inline, in bytes. Default: the bus's largest payload less room for headers. */
  readonly maxInlineBytes?: number;
}

export interface Overflow {
  readonly maxInlineBytes: number;
  /** The body itself when it fits a message, else (once stored) a reference. Rejects with `body_too_large`. */
  outgoing(body: Body): Body | Promise<Body>;
  /** The body itself, or what its reference names. Rejects with `bad_message` or `body_too_large`. */
  incoming(body: Body): Body | Promise<Body>;
}

interface BlobReference {
  readonly hash: string;
  readonly bytes: number;
  readonly contentType: string;
}

const HASH = /^[0-9a-f]{64}$/;

/** Largest body that goes inline on a bus: a reserve of 4 KiB is for headers, but never more than a quarter of a small limit. */
export function maxInlineBytes(maxPayloadBytes: number): number {
  return maxPayloadBytes - Math.min(HEADER_RESERVE_BYTES, Math.floor(maxPayloadBytes / 4));
}

export function createOverflow(
  bus: { readonly limits: BusLimits; readonly blobs: Blobs },
  limits: OverflowLimits = {},
): Overflow {
  const maxBodyBytes = limits.maxBodyBytes ?? MAX_BODY_BYTES;
  const inlineBytes = limits.maxInlineBytes ?? maxInlineBytes(bus.limits.maxPayloadBytes);
  return {
    maxInlineBytes: inlineBytes,
    outgoing: (body) => (body.data.length <= inlineBytes ? body : store(bus.blobs, body, maxBodyBytes)),
    incoming: (body) =>
      body.contentType === CONTENT_TYPES.blobRef ? resolve(bus.blobs, body.data, maxBodyBytes) : body,
  };
}

/** The name of the blob that a body refers to; undefined when it is no reference, or no well-formed one. */
export function blobOf({ data, contentType }: Body): string | undefined {
  if (contentType !== CONTENT_TYPES.blobRef) return undefined;
  try {
    const reference = unpack(data);
    return isReference(reference) ? reference.hash : undefined;
  } catch {
    return undefined;
  }
}

async function store(blobs: Blobs, body: Body, maxBodyBytes: number): Promise<Body> {
  const bytes = body.data.length;
  refuseTooLarge(bytes, maxBodyBytes);
  const hash = await blobs.put(body.data);
  return { data: pack({ hash, bytes, contentType: body.contentType }), contentType: CONTENT_TYPES.blobRef };
}

async function resolve(blobs: Blobs, data: Uint8Array, maxBodyBytes: number): Promise<Body> {
  const reference = unpack(data);
  if (!isReference(reference)) throw new TuttiError('bad_message', 'A blob reference is not well-formed.');
  refuseTooLarge(reference.bytes, maxBodyBytes);
  const stored = await blobs.get(reference.hash);
  if (stored === undefined || stored.length !== reference.bytes) {
    throw new TuttiError('bad_message', `The blob ${reference.hash} of a body is not to be had.`, { retryable: true });
  }
  return { data: stored, contentType: reference.contentType };
}

function refuseTooLarge(bytes: number, limit: number): void {
  if (bytes <= limit) return;
  throw new TuttiError('body_too_large', `A body of ${bytes} bytes is over the limit of ${limit}.`, {
    details: { bytes, limit },
  });
}

function isReference(value: unknown): value is BlobReference {
  if (typeof value !== 'object' || value === null) return false;
  const { hash, bytes, contentType } = value as Partial<Record<keyof BlobReference, unknown>>;
  const isType = typeof contentType === 'string' && contentType !== CONTENT_TYPES.blobRef;
  return isType && typeof hash === 'string' && HASH.test(hash) && Number.isSafeInteger(bytes) && Number(bytes) >= 0;
}
