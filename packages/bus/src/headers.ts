import { TuttiError } from '@tutti/contracts';
import type { Headers } from './port.ts';

export const NO_HEADERS: Headers = Object.freeze({});

// What the broker's header block can carry without escaping: visible ASCII names without a colon, values of one line.
const NAME = /^[!-9;-~]{1,128}$/;
const LINE_BREAK = /[\r\n]/;

/** Framing of a header block beside its lines: `NATS/1.0\r\n` and the closing `\r\n`. */
const FRAME_BYTES = 12;
const LINE_FRAME_BYTES = 4;

/** Bytes the headers take on the wire; 0 without any. Throws `bad_message` for a name or value that no broker takes. */
export function headerBytes(headers: Headers | undefined): number {
  if (headers === undefined) return 0;
  let bytes = 0;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (!NAME.test(name) || LINE_BREAK.test(value)) {
      throw new TuttiError('bad_message', `The header "${name.slice(0, 80)}" cannot be sent: bad name or line break.`);
    }
    bytes += name.length + Buffer.byteLength(value) + LINE_FRAME_BYTES;
  }
  return bytes === 0 ? 0 : bytes + FRAME_BYTES;
}

/** Throws `body_too_large` when body and headers are over what one message can carry. */
export function assertFits(subject: string, data: Uint8Array, headers: Headers | undefined, limit: number): void {
  const bytes = data.length + headerBytes(headers);
  if (bytes <= limit) return;
  throw new TuttiError('body_too_large', `A message of ${bytes} bytes to "${subject}" is over the limit of ${limit}.`, {
    details: { bytes, limit, subject },
  });
}
