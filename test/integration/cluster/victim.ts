/** A process of the cluster that a test kills: a node or a process of agents, as its one argument (JSON) says. */
import { connectNats } from '@tutti/bus';
import { type Role, startAgentProcess, startNode } from '@tutti/cluster';
import { type DieAt, mortalBus } from './mortal-bus.ts';
import { workers } from './workers.ts';

interface Common {
  readonly url: string;
  readonly name: string;
  readonly prefix?: string;
}

export type VictimOptions = Common &
  (
    | {
        readonly roles: readonly Role[];
        /** It kills itself there; messages between its own actors go over the bus then too, so that it sees them. */
        readonly dieAt?: DieAt;
      }
    | { readonly agents: true }
  );

const options = JSON.parse(process.argv[2] ?? '{}') as VictimOptions;
const { url, name, prefix = 'tutti' } = options;
const bus = await connectNats({ servers: url, name, prefix });
if ('roles' in options) {
  const { roles, dieAt } = options;
  const mortal = dieAt === undefined ? { bus } : { bus: mortalBus(bus, dieAt), skipSocket: false };
  const node = await startNode({ ...mortal, name, prefix, roles });
  process.once('SIGTERM', () => void node.stop().then(() => process.exit(0)));
} else await startAgentProcess({ bus, name, prefix, agents: workers(bus, name), instances: 1 });
process.stdout.write('ready\n');
