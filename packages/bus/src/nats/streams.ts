/** The three streams under one prefix, made if they are missing and verified if they are not. */
import { TuttiError } from '@tutti/contracts';
import { type Answer, type ApiError, apiFailure, type JetStreamApi, JS_ERRORS } from './jetstream-api.ts';
import type { NatsSettings } from './options.ts';
import { BATCHING_SERVER, isOlder } from './version.ts';

export type StreamKind = 'log' | 'kv' | 'blob';
export type StreamConfig = Readonly<Record<string, unknown>>;

const NANOS_PER_MS = 1_000_000;

export const streamName = (prefix: string, kind: StreamKind): string => `${prefix}_${kind}`.toUpperCase();
export const streamSubject = (prefix: string, kind: StreamKind, key: string): string => `${prefix}.${kind}.${key}`;

/** What is asked of each stream. Nothing here is newer than server 2.9 (nats.md, fact 17). */
export function streamConfig(kind: StreamKind, settings: NatsSettings): StreamConfig {
  const common = {
    name: streamName(settings.prefix, kind),
    subjects: [streamSubject(settings.prefix, kind, '>')],
    retention: 'limits',
    storage: 'file',
    num_replicas: settings.replicas,
    max_age: 0,
    // No byte limit: `discard: new` with one evicted the oldest records up to 2.10.4 (fact 5).
    max_bytes: -1,
  };
  switch (kind) {
    case 'log':
      return {
        ...common,
        discard: 'new',
        discard_new_per_subject: true,
        max_msgs_per_subject: settings.journalMaxMsgsPerSubject,
      };
    case 'kv':
      return { ...common, discard: 'old', max_msgs_per_subject: 1 };
    case 'blob':
      return {
        ...common,
        discard: 'old',
        max_msgs_per_subject: 1,
        allow_direct: true,
        max_age: settings.blobMaxAgeMs * NANOS_PER_MS,
      };
  }
}

interface StreamAnswer {
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * What newer servers can do beside it, and older ones ignore: nothing rests on it, so a stream that was made without it stays
 * as it is. Servers that replicate write together what comes together without it (docs/adr/0017).
 */
export const streamWishes = (kind: StreamKind, { replicas }: NatsSettings): StreamConfig =>
  kind === 'log' && replicas === 1 ? { allow_atomic: true } : {};

/** Whether a stream takes several messages as one, all or none, and its server gains by it. */
export const takesBatches = (config: StreamConfig, serverVersion: string | undefined): boolean =>
  config['allow_atomic'] === true &&
  (config['num_replicas'] ?? 1) === 1 &&
  serverVersion !== undefined &&
  !isOlder(serverVersion, BATCHING_SERVER);

/**
 * Makes the stream, or checks that the one there is as asked: older servers silently ignore what they do not know.
 * @returns its configuration as it is
 */
export async function ensureStream(
  api: JetStreamApi,
  asked: StreamConfig,
  wishes: StreamConfig = {},
): Promise<StreamConfig> {
  const name = String(asked.name);
  const created = await create(api, name, asked, wishes);
  if (created.error === undefined) {
    verify(asked, created.config);
    return created.config;
  }
  if (created.error.err_code !== JS_ERRORS.streamExists) throw refused(name, created.error);
  const known = await api.ask<StreamAnswer>(`STREAM.INFO.${name}`, undefined);
  if (known.error !== undefined) throw refused(name, known.error);
  verify(asked, known.config);
  return known.config;
}

/** A server that takes only what it knows is asked again without the wishes. */
async function create(
  api: JetStreamApi,
  name: string,
  asked: StreamConfig,
  wishes: StreamConfig,
): Promise<Answer<StreamAnswer>> {
  const wished = await api.ask<StreamAnswer>(`STREAM.CREATE.${name}`, { ...asked, ...wishes });
  const isDone = wished.error === undefined || wished.error.err_code === JS_ERRORS.streamExists;
  if (isDone || Object.keys(wishes).length === 0) return wished;
  return api.ask<StreamAnswer>(`STREAM.CREATE.${name}`, asked);
}

function refused(name: string, error: ApiError): TuttiError {
  return apiFailure(`the stream ${name}`, error);
}

function verify(asked: StreamConfig, actual: StreamConfig): void {
  // A server leaves out what has its default: false, 0 and absent say the same.
  const same = (key: string): boolean => JSON.stringify(asked[key] || 0) === JSON.stringify(actual[key] || 0);
  const differing = Object.keys(asked).filter((key) => !same(key));
  if (differing.length === 0) return;
  const shown = differing.map((key) => `${key} is ${JSON.stringify(actual[key])}, not ${JSON.stringify(asked[key])}`);
  throw new TuttiError('broker_unsupported', `The stream ${asked.name} is not as needed: ${shown.join('; ')}.`, {
    details: { stream: asked.name, differing },
  });
}
