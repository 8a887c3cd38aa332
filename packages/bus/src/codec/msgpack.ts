import { TuttiError } from '@tutti/contracts';
import { Packr, Unpackr } from 'msgpackr';

/**
 * One setting for all processes. No records: they would need the reader to have seen what the writer sent before.
 * No structured clone: its references let a peer build cyclic values. Objects are string-keyed maps.
 */
const SETTINGS = {
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  structuredClone: false,
  moreTypes: false,
  int64AsType: 'number',
} as const;

const packr = new Packr({ ...SETTINGS });
const unpackr = new Unpackr({ ...SETTINGS });

const PROTOTYPE_KEY = '__proto__';

/** Packs a JSON-like value; `undefined` and `Uint8Array` travel too. Throws `bad_message` for what cannot be packed. */
export function pack(value: unknown): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = packr.pack(value);
  } catch (error) {
    throw new TuttiError('bad_message', `A value cannot be packed: ${reason(error)}.`, { cause: error });
  }
  // The scan is native and fast; only a hit pays for the walk.
  if (bytes.includes(PROTOTYPE_KEY) && hasPrototypeKey(value)) {
    throw new TuttiError('bad_message', `A value has the key "${PROTOTYPE_KEY}", which no reader may take over.`);
  }
  return bytes;
}

/** Unpacks a value; no key of it can reach a prototype. Throws `bad_message` for bytes that are not msgpack. */
export function unpack(data: Uint8Array): unknown {
  if (data.length === 0) throw new TuttiError('bad_message', 'An empty body is not msgpack.');
  try {
    return unpackr.unpack(data);
  } catch (error) {
    throw new TuttiError('bad_message', `A body is not msgpack: ${reason(error)}.`, { cause: error });
  }
}

function reason(error: unknown): string {
  if (error instanceof RangeError && /call stack/i.test(error.message)) return 'it is nested too deep, or in a circle';
  return error instanceof Error ? error.message.slice(0, 200) : 'it is of a type that has no wire form';
}

function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  if (Object.hasOwn(value, PROTOTYPE_KEY)) return true;
  return Object.values(value).some(hasPrototypeKey);
}
