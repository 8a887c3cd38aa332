/** Header blocks as they go over the wire: `NATS/1.0[ status]\r\n`, then `Name: value\r\n` each, then `\r\n`. */
import type { MsgHdrs } from 'nats';
import { NO_HEADERS } from '../headers.ts';
import type { Headers } from '../port.ts';

const VERSION_LINE = 'NATS/1.0\r\n';

/** Encodes on its own: the client's header class costs several times as much and copies every value into lists. */
class WireHeaders {
  private readonly headers: Headers;

  constructor(headers: Headers) {
    this.headers = headers;
  }

  encode(): Uint8Array {
    let block = VERSION_LINE;
    for (const name in this.headers) block += `${name}: ${this.headers[name]}\r\n`;
    return Buffer.from(`${block}\r\n`);
  }
}

/** Headers in the form that the client's `publish` takes; undefined for none. It only ever calls `encode`. */
export function toWire(headers: Headers | undefined): MsgHdrs | undefined {
  if (headers === undefined) return undefined;
  for (const _ in headers) return new WireHeaders(headers) as unknown as MsgHdrs;
  return undefined;
}

/** The headers of a received message; one value a name. */
export function fromWire(headers: MsgHdrs | undefined): Headers {
  if (headers === undefined) return NO_HEADERS;
  const plain: Record<string, string> = {};
  for (const [name, values] of headers) plain[name] = values[0] ?? '';
  return plain;
}

/** Parses a raw header block, as stored messages carry it. */
export function parseHeaderBlock(block: string): Headers {
  const headers: Record<string, string> = {};
  for (const line of block.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  return headers;
}
