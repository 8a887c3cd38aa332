/** A process of the cluster that a test kills: a node or a process of agents, as its one argument (JSON) says. */
import { connectNats } from '@tutti/bus';
import { type Role, startAgentProcess, startNode } from '@tutti/cluster';
import { workers } from './workers.ts';

export type VictimOptions =
  | { readonly url: string; readonly name: string; readonly roles: readonly Role[] }
  | { readonly url: string; readonly name: string; readonly agents: true };

const options = JSON.parse(process.argv[2] ?? '{}') as VictimOptions;
const { url, name } = options;
const bus = await connectNats({ servers: url, name });
if ('roles' in options) await startNode({ bus, name, roles: options.roles });
else await startAgentProcess({ bus, name, agents: workers(bus, name), instances: 1 });
process.stdout.write('ready\n');
