/** Bodies in logs, which carry no headers: the first byte says how the rest is encoded. */
import type { Body } from '@tutti/bus';

const FORMS = ['application/msgpack', 'application/msgpack+lz4'] as const;

export function tagged({ contentType, data }: Body): Uint8Array {
  const out = new Uint8Array(data.length + 1);
  out[0] = FORMS.indexOf(contentType as (typeof FORMS)[number]);
  out.set(data, 1);
  return out;
}

/** Undefined when the first byte names no form. */
export function untagged(data: Uint8Array): Body | undefined {
  const contentType = FORMS[data[0] ?? -1];
  return contentType === undefined ? undefined : { contentType, data: data.subarray(1) };
}
