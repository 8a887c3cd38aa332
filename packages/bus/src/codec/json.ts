import { TuttiError } from '@tutti/contracts';
import { type Body, CONTENT_TYPES } from './content-types.ts';

/** A JSON body: for events and metrics, which people read with plain tools. */
export function encodeJson(value: unknown): Body {
  return { data: Buffer.from(JSON.stringify(value) ?? 'null'), contentType: CONTENT_TYPES.json };
}

/** Parses a JSON body; throws `bad_message` for what is not JSON or has a `__proto__` key. */
export function decodeJson(data: Uint8Array): unknown {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  try {
    // A reviver costs; only a text that may hold the key pays for it.
    return text.includes('__proto__') || text.includes('\\u') ? JSON.parse(text, refusePrototype) : JSON.parse(text);
  } catch (error) {
    throw new TuttiError('bad_message', `A body is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('it has the key "__proto__"');
  return value;
}
