/** Which subjects this process serves itself: filters by their first two tokens, then token by token. */
import { LRUCache } from 'lru-cache';
import type { Incoming } from './exchange.ts';

type Handler = (incoming: Incoming) => void;

export interface LocalTable {
  /** Adds a filter; returns the way to remove it. */
  add(filter: string, handler: Handler): () => void;
  find(subject: string): Handler | undefined;
}

interface Row {
  readonly tokens: readonly string[];
  readonly handler: Handler;
}

/** Look-ups remembered; one run has some ten subjects, so this covers hundreds of runs in flight. */
const REMEMBERED = 8_192;
const NOBODY = Symbol('nobody');

const groupOf = (tokens: readonly string[]): string => `${tokens[0]}.${tokens[1]}`;

function matches(filter: readonly string[], subject: readonly string[]): boolean {
  if (filter.length !== subject.length)
    return (
      filter.at(-1) === '>' &&
      filter.length <= subject.length &&
      matches(filter.slice(0, -1), subject.slice(0, filter.length - 1))
    );
  return filter.every(
    (token, i) => token === '*' || token === subject[i] || (token === '>' && i === filter.length - 1),
  );
}

export function createLocalTable(): LocalTable {
  const groups = new Map<string, Row[]>();
  const seen = new LRUCache<string, Handler | typeof NOBODY>({ max: REMEMBERED });
  const lookUp = (subject: string): Handler | undefined => {
    const tokens = subject.split('.');
    return groups.get(groupOf(tokens))?.find((row) => matches(row.tokens, tokens))?.handler;
  };
  return {
    add(filter, handler) {
      const row = { tokens: filter.split('.'), handler };
      const key = groupOf(row.tokens);
      groups.set(key, [...(groups.get(key) ?? []), row]);
      seen.clear();
      return () => {
        groups.set(
          key,
          (groups.get(key) ?? []).filter((r) => r !== row),
        );
        seen.clear();
      };
    },
    find(subject) {
      const known = seen.get(subject);
      if (known !== undefined) return known === NOBODY ? undefined : known;
      const found = lookUp(subject);
      seen.set(subject, found ?? NOBODY);
      return found;
    },
  };
}
