/** What a NATS server says of itself, without a client: the first line it sends, and its monitoring page. */
import { connect } from 'node:net';

export interface BrokerInfo {
  readonly version: string;
  readonly jetstream: boolean;
  readonly headers: boolean;
  readonly serverName: string;
  readonly cluster: string | undefined;
  readonly maxPayloadBytes: number;
  /** Time until the first line came, in ms. */
  readonly tookMs: number;
}

/** A server's first line is `INFO {json}\r\n`; a server of another protocol is not waited for longer than this. */
const LIMIT_MS = 3_000;
const MOST_BYTES = 64 * 1024;
const DEFAULT_PORT = 4222;

/** Host and port of `nats://user:pass@host:port`; the scheme may be missing. */
export function addressOf(url: string): { readonly host: string; readonly port: number } {
  const parsed = new URL(url.includes('://') ? url : `nats://${url}`);
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
  };
}

function parseInfo(line: string, tookMs: number): BrokerInfo {
  const info = JSON.parse(line.slice('INFO '.length)) as Readonly<Record<string, unknown>>;
  return {
    version: String(info['version'] ?? '0.0.0'),
    jetstream: info['jetstream'] === true,
    headers: info['headers'] === true,
    serverName: String(info['server_name'] ?? info['server_id'] ?? ''),
    cluster: typeof info['cluster'] === 'string' ? info['cluster'] : undefined,
    maxPayloadBytes: Number(info['max_payload'] ?? 0),
    tookMs,
  };
}

/** Rejects with an ordinary Error whose message says why nobody answered. */
export function readBrokerInfo(url: string): Promise<BrokerInfo> {
  const { host, port } = addressOf(url);
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let text = '';
    const end = (error?: Error): void => {
      socket.destroy();
      if (error !== undefined) reject(error);
    };
    socket.setTimeout(LIMIT_MS, () => end(new Error(`no answer within ${LIMIT_MS} ms`)));
    socket.setEncoding('utf8');
    socket.on('error', (error) => end(error));
    socket.on('end', () => end(new Error('it closed the connection without a word')));
    socket.on('data', (chunk: Buffer | string) => {
      text += String(chunk);
      const stop = text.indexOf('\r\n');
      if (stop < 0 && text.length < MOST_BYTES) return;
      if (!text.startsWith('INFO {')) return end(new Error('what answers there is no NATS server'));
      try {
        resolve(parseInfo(text.slice(0, stop), performance.now() - startedMs));
        end();
      } catch (error) {
        end(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

/** How often the server syncs its disk, as far as its monitoring page (port 8222) can be reached. */
export async function readSync(url: string, monitorPort = 8222): Promise<'always' | 'sometimes' | 'not visible'> {
  const { host } = addressOf(url);
  try {
    const address = host.includes(':') ? `[${host}]` : host;
    const page = await fetch(`http://${address}:${monitorPort}/varz`, { signal: AbortSignal.timeout(LIMIT_MS) });
    const body = (await page.json()) as { jetstream?: { config?: { sync_always?: boolean } } };
    return body.jetstream?.config?.sync_always === true ? 'always' : 'sometimes';
  } catch {
    return 'not visible';
  }
}
