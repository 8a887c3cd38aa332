/** The connection to the broker that `--nats` names. */
import { type Bus, connectNats } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import type { Logger } from '@tutti/telemetry';
import type { Cli, Globals } from './cli.ts';

export interface BrokerOptions {
  /** How the broker's monitoring names this process. */
  readonly name: string;
  readonly log?: Logger;
  /** Nodes make and check the streams; clients and agents need none. */
  readonly prepareStreams: boolean;
  readonly replicas?: number;
}

/** One URL, or several of one cluster by comma. Throws `bad_usage` when there is none. */
export function brokerUrls({ nats }: Globals): readonly string[] {
  const urls = (nats ?? '')
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '');
  if (urls.length > 0) return urls;
  throw new TuttiError(
    'bad_usage',
    'This command needs a cluster; name its broker with --nats nats://host:4222, or by the variable TUTTI_NATS',
  );
}

/** Connects. Rejects with `broker_unavailable` or `broker_unsupported`. */
export function connectBroker({ globals }: Cli, options: BrokerOptions): Promise<Bus> {
  const { log, ...rest } = options;
  return connectNats({
    servers: brokerUrls(globals),
    prefix: globals.prefix,
    ...rest,
    ...(log === undefined ? {} : { logger: log }),
  });
}
