import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TuttiError } from '@tutti/contracts';
import { type ConnectionOptions, connect, credsAuthenticator, type NatsConnection } from 'nats';
import type { Bus } from '../port.ts';
import { systemMonotonic } from '../timers.ts';
import { BackOff } from './back-off.ts';
import { NatsBus } from './connection.ts';
import { fromNats } from './errors.ts';
import { compileOptions, MAX_PINGS_OUT, type NatsBusOptions, type NatsSettings } from './options.ts';
import { warnUnlessSynced } from './sync-check.ts';
import { isOlder, MIN_SERVER, MIN_SERVER_REPLICATED } from './version.ts';

/**
 * Connects to NATS. Rejects with `broker_unavailable` (not there, or rights missing: not retryable) or
 * `broker_unsupported` (too old, no JetStream, or streams that are not as needed).
 */
export async function connectNats(options: NatsBusOptions): Promise<Bus> {
  const settings = compileOptions(options);
  const backOff = new BackOff(systemMonotonic, chance);
  const connection = await dial(settings, backOff);
  try {
    assertSupported(connection, settings);
    const bus = new NatsBus(connection, settings, { onUp: () => backOff.reset() });
    if (settings.prepareStreams) await bus.prepare();
    await warnUnlessSynced(settings);
    return bus;
  } catch (error) {
    await connection.close();
    throw fromNats(error, 'start');
  }
}

const CHANCES = 1_000;
const chance = (): number => randomInt(CHANCES) / CHANCES;

async function dial(settings: NatsSettings, backOff: BackOff): Promise<NatsConnection> {
  const servers = [settings.servers].flat();
  try {
    return await connect(await clientOptions(settings, servers, backOff));
  } catch (error) {
    throw fromNats(error, `connecting to ${servers.map(withoutSecret).join(', ')}`);
  }
}

/** A fresh object each time: the client changes what it is given (fact 10). */
async function clientOptions(settings: NatsSettings, servers: string[], backOff: BackOff): Promise<ConnectionOptions> {
  const { user, pass, token, credsFile, tls, inboxPrefix } = settings;
  return {
    servers,
    name: settings.name,
    timeout: settings.connectTimeoutMs,
    pingInterval: settings.pingIntervalMs,
    maxPingOut: MAX_PINGS_OUT,
    maxReconnectAttempts: -1,
    // For ever: the default gives up after ten attempts (nats.md, fact 11).
    reconnectDelayHandler: () => backOff.next(),
    ignoreAuthErrorAbort: true,
    ...(user === undefined ? {} : { user }),
    ...(pass === undefined ? {} : { pass }),
    ...(token === undefined ? {} : { token }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    ...(tls === undefined ? {} : { tls: { ...tls } }),
    ...(credsFile === undefined ? {} : { authenticator: credsAuthenticator(await readFile(credsFile)) }),
  };
}

/** A server's address may carry user and password; no message may. */
const withoutSecret = (server: string): string => server.replace(/\/\/[^@/]*@/, '//');

function assertSupported(connection: NatsConnection, { replicas, prepareStreams }: NatsSettings): void {
  const { version = '0.0.0', jetstream = false, headers = false } = connection.info ?? {};
  const refuse = (why: string): never => {
    throw new TuttiError('broker_unsupported', `The NATS server is version ${version}; ${why}`, {
      details: { version, replicas },
    });
  };
  if (isOlder(version, MIN_SERVER) || !headers) refuse(`Tutti needs ${MIN_SERVER} or newer.`);
  // Compare-and-append lets several writers win on replicated streams of older servers (fact 1).
  if (replicas > 1 && isOlder(version, MIN_SERVER_REPLICATED)) {
    refuse(`replicated streams (replicas ${replicas}) are safe from ${MIN_SERVER_REPLICATED} on.`);
  }
  if (prepareStreams && replicas > 1 && connection.info?.cluster === undefined) {
    refuse(`replicas ${replicas} need a cluster of NATS servers with JetStream, and this server stands alone.`);
  }
  if (prepareStreams && !jetstream) refuse('start it with JetStream enabled (nats-server -js).');
}
