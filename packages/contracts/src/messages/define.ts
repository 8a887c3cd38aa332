/** How one row of the message table is written, and the types that follow from it. */
import type { z } from 'zod';

/** Roles a message may come from or go to. */
export type Party = 'client' | 'node' | 'workflow' | 'resources' | 'barrier' | 'context' | 'agent' | 'any';

export interface MessageRow<S extends z.ZodObject = z.ZodObject> {
  readonly from: Party;
  readonly to: Party;
  /** Body of the message. May not use the keys `type`, `at` and `from`: they belong to the event made of it. */
  readonly body: S;
  /** Types that may answer it; empty when nobody waits. `error` may always answer. */
  readonly replies: readonly string[];
  readonly about: string;
}

export function message<S extends z.ZodObject>(
  from: Party,
  to: Party,
  about: string,
  body: S,
  replies: readonly string[] = [],
): MessageRow<S> {
  return { from, to, about, body, replies };
}
