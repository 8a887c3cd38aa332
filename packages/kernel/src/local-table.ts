/** Which subjects this process serves itself: filters by their first two tokens, then token by token. */
import type { AnyMessage } from '@tutti/contracts';
import { BoundedMap } from './bounded-map.ts';
import type { Incoming } from './exchange.ts';

type Handler = (incoming: Incoming) => void;

export interface LocalTable {
  /** Adds a filter of who serves it; returns the way to remove it. */
  add(filter: string, identity: string, handler: Handler): () => void;
  find(subject: string): Served | undefined;
  /** A message as it is handed over: the same, where a test has asked for it so that nobody can change it. */
  sealed(message: AnyMessage): AnyMessage;
}

export interface LocalTableOptions {
  /** Freezes what is handed over, all of it: whoever changes a message throws. For tests and the simulation. */
  readonly freezes?: boolean;
}

/** Who serves a subject in this process, and how. */
export interface Served {
  readonly identity: string;
  readonly handler: Handler;
}

interface Row extends Served {
  readonly tokens: readonly string[];
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

/** Freezes a value of plain data with everything in it. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

const asItIs = (message: AnyMessage): AnyMessage => message;

export function createLocalTable({ freezes = false }: LocalTableOptions = {}): LocalTable {
  const groups = new Map<string, Row[]>();
  const seen = new BoundedMap<string, Served | typeof NOBODY>(REMEMBERED);
  // A process that takes up shards adds hundreds of filters.
  const forget = (): void => seen.clear();
  const lookUp = (subject: string): Served | undefined => {
    const tokens = subject.split('.');
    return groups.get(groupOf(tokens))?.find((row) => matches(row.tokens, tokens));
  };
  return {
    sealed: freezes ? frozen : asItIs,
    add(filter, identity, handler) {
      const row = { tokens: filter.split('.'), identity, handler };
      const key = groupOf(row.tokens);
      groups.set(key, [...(groups.get(key) ?? []), row]);
      forget();
      return () => {
        groups.set(
          key,
          (groups.get(key) ?? []).filter((r) => r !== row),
        );
        forget();
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
