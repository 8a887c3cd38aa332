/** Copies what an author's function is given: it may change its input, and what it reads, but nobody else's. */
import type { WorkflowJson } from '@tutti/contracts';

type Json = WorkflowJson | undefined;

/** A deep copy of plain JSON, as deep as the contract allows it to be. */
export function jsonCopy(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => jsonCopy(item) as WorkflowJson);
  const out: { [key: string]: WorkflowJson } = {};
  for (const [key, member] of Object.entries(value)) out[key] = jsonCopy(member) as WorkflowJson;
  return out;
}
