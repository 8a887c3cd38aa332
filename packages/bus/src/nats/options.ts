import { type Logger, silentLogger } from '@tutti/telemetry';
import { systemTimers, type Timers } from '../timers.ts';

/** What may be asked of a connection to NATS. */
export interface NatsBusOptions {
  /** `nats://host:port`, one or several of one cluster. */
  readonly servers: string | readonly string[];
  /** Name of the process, as the server's monitoring shows it. */
  readonly name: string;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  /** Path of a `.creds` file. */
  readonly credsFile?: string;
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  /** First token of the subjects of logs, key-values and blobs, and (upper case) of their streams' names. */
  readonly prefix?: string;
  /** Copies of each stream: 1, 3 or 5. Above 1 needs nats-server 2.9.21. */
  readonly replicas?: number;
  /** Private inbox prefix, so that a permission can name this process's answers. */
  readonly inboxPrefix?: string;
  readonly logger?: Logger;
  /** Records one log may hold; beyond it `log_full`. */
  readonly journalMaxMsgsPerSubject?: number;
  /** Age at which blobs go; 0 keeps them for ever. */
  readonly blobMaxAgeMs?: number;
  /** Whether streams are made and verified while connecting. Agents and clients need none and may have no right to. */
  readonly prepareStreams?: boolean;
  /** Address of the server's monitoring page; with it, connecting warns when the disk is not synced at each write. */
  readonly monitorUrl?: string;
  readonly connectTimeoutMs?: number;
  readonly pingIntervalMs?: number;
  readonly storageTimeoutMs?: number;
  readonly closeTimeoutMs?: number;
  readonly timers?: Timers;
}

export type NatsSettings = Required<
  Omit<NatsBusOptions, 'user' | 'pass' | 'token' | 'credsFile' | 'tls' | 'inboxPrefix' | 'monitorUrl'>
> &
  Pick<NatsBusOptions, 'user' | 'pass' | 'token' | 'credsFile' | 'tls' | 'inboxPrefix' | 'monitorUrl'>;

const DEFAULTS = {
  prefix: 'tutti',
  replicas: 1,
  // Far above what a run of the largest allowed plan writes; a journal that grows without end is a defect.
  journalMaxMsgsPerSubject: 100_000,
  // A journal may refer to a blob as long as the run is kept; whoever removes runs removes blobs.
  blobMaxAgeMs: 0,
  prepareStreams: true,
  connectTimeoutMs: 5_000,
  // nats.md, fact 6: a dead reader is found within two missed pings.
  pingIntervalMs: 5_000,
  // Long enough for a server's restart or a new leader, short enough for a lease to run out meanwhile.
  storageTimeoutMs: 10_000,
  closeTimeoutMs: 10_000,
} as const;

export const MAX_PINGS_OUT = 2;
export const RECONNECT_FIRST_DELAY_MS = 50;
export const RECONNECT_MAX_DELAY_MS = 2_000;

export function compileOptions(options: NatsBusOptions): NatsSettings {
  return { ...DEFAULTS, logger: silentLogger, timers: systemTimers, ...options };
}
