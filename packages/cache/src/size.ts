import type { WorkflowJson } from '@tutti/contracts';

/** Bytes counted for a number, its comma included: most are shorter, none that matters is much longer. */
const NUMBER_BYTES = 8;

/**
 * Bytes of a value's JSON text, near enough to hold a limit by: strings are counted in UTF-8 and not escaped, every
 * number counts as 8. Sharing is not seen through: what stands in two places counts twice, as it would on the wire.
 */
export function jsonBytes(value: WorkflowJson | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === 'string') return Buffer.byteLength(value) + 2;
  if (typeof value === 'number') return NUMBER_BYTES;
  if (typeof value !== 'object' || value === null) return 4;
  return containerBytes(value);
}

function containerBytes(value: readonly WorkflowJson[] | { readonly [key: string]: WorkflowJson }): number {
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const item of value) bytes += jsonBytes(item) + 1;
    return bytes;
  }
  for (const [key, child] of Object.entries(value)) bytes += Buffer.byteLength(key) + 4 + jsonBytes(child);
  return bytes;
}
