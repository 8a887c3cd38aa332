/** `tutti up`: one node of a cluster, until SIGTERM. */
import { isRole, type NodeOptions, ROLES, type Role, startNode } from '@tutti/cluster';
import { assertToken, TuttiError, type TuttiEvent } from '@tutti/contracts';
import { brokerUrls, connectBroker } from '../broker.ts';
import type { Cli } from '../cli.ts';
import { parseAlerts } from '../cluster-alerts.ts';
import { parsePool, poolText } from '../cluster-pool.ts';
import { paintFor } from '../render/create-renderer.ts';
import { eventLine } from '../render/event-line.ts';
import { serve, serviceLog } from '../service.ts';

export interface UpOptions {
  readonly roles: string;
  readonly name?: string;
  readonly replicas: number;
  readonly keep?: number;
  /** The pool of the cluster while this node manages it: `agents=5,cpu=200`. */
  readonly pool?: string;
  /** What this node watches of the pool while it manages it: `queue_depth=5,every=30s`. */
  readonly alerts?: string;
  /** ms */
  readonly alone?: number;
  /** ms */
  readonly keepFor?: number;
  /** Between two publications of what the node measures, ms. */
  readonly metrics?: number;
}

function parseRoles(list: string): readonly Role[] {
  const roles = [...new Set(list.split(',').map((role) => role.trim()))].filter((role) => role !== '');
  const unknown = roles.filter((role) => !isRole(role));
  if (unknown.length > 0 || roles.length === 0) {
    const what = roles.length === 0 ? 'names no role' : `names ${unknown.map((role) => `"${role}"`).join(', ')}`;
    throw new TuttiError('bad_usage', `--roles ${what}; a node may offer ${ROLES.join(', ')}`);
  }
  return roles.filter(isRole);
}

const keepOf = ({ keep, keepFor }: UpOptions): NonNullable<NodeOptions['keep']> => ({
  ...(keep === undefined ? {} : { runs: keep }),
  ...(keepFor === undefined ? {} : { forMs: keepFor }),
});

/** Only who may manage the pool has one to set and to watch: anywhere else it would be ignored, which nobody would notice. */
function ofThePool<T>(
  flag: string,
  text: string | undefined,
  roles: readonly Role[],
  parse: (text: string) => T,
): T | undefined {
  if (text !== undefined && !roles.includes('resources')) {
    const what = `the role resources manages the pool, and this node offers ${roles.join(', ')}`;
    throw new TuttiError('bad_usage', `${flag} says nothing here: ${what}`);
  }
  return text === undefined ? undefined : parse(text);
}

/** What the node meets of its broker, as a line of what the service says of itself. */
function tellBroker({ io, globals }: Cli, event: TuttiEvent): void {
  if (globals.output === 'json') io.stdout.write(`${JSON.stringify(event)}\n`);
  else if (globals.output !== 'quiet') io.stdout.write(`${paintFor(io)(eventLine(event, undefined))}\n`);
}

export async function up(cli: Cli, options: UpOptions): Promise<number> {
  const roles = parseRoles(options.roles);
  const pool = ofThePool('--pool', options.pool, roles, parsePool);
  const monitoring = ofThePool('--alerts', options.alerts, roles, parseAlerts);
  const name = options.name === undefined ? undefined : assertToken(options.name, 'name of the node');
  brokerUrls(cli.globals);
  const log = serviceLog(cli, name ?? 'tutti-node');
  return serve(cli, log, async () => {
    const { replicas } = options;
    const bus = await connectBroker(cli, { name: name ?? 'tutti-node', log, prepareStreams: true, replicas });
    const node = await startNode({
      bus,
      roles,
      log,
      prefix: cli.globals.prefix,
      keep: keepOf(options),
      ...(pool === undefined ? {} : { pool }),
      ...(monitoring === undefined ? {} : { monitoring }),
      ...(options.alone === undefined ? {} : { aloneMs: options.alone }),
      ...(options.metrics === undefined ? {} : { metricsEveryMs: options.metrics }),
      onBroker: (event) => tellBroker(cli, event),
      ...(name === undefined ? {} : { name, hasOwnName: true }),
    });
    return {
      ready: { name: node.node, roles, ...(pool === undefined ? {} : { pool: poolText(pool) }) },
      async drain() {
        await node.stop();
        await bus.close();
      },
    };
  });
}
