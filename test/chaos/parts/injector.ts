/** Does what the plan of faults says, and writes down when each really began and ended. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../plan.ts';
import type { Broker } from './broker.ts';
import type { Fleet } from './fleet.ts';
import { burden } from './load.ts';
import type { Network } from './network.ts';

/** A fault as it happened: ms since 1970. */
export interface Injected extends Fault {
  readonly from: number;
  readonly to: number;
}

export interface Targets {
  readonly fleet: Fleet;
  readonly broker: Broker;
  readonly networks: ReadonlyMap<string, Network>;
}

/** Resolves when the last fault is healed; aborted, it heals what is under way and does no more. */
export async function inject(plan: readonly Fault[], targets: Targets, signal: AbortSignal): Promise<Injected[]> {
  const startedAt = Date.now();
  const done: Injected[] = [];
  const one = async (fault: Fault): Promise<void> => {
    await wait(startedAt + fault.atMs - Date.now(), signal);
    if (signal.aborted) return;
    const from = Date.now();
    const heal = await begin(fault, targets);
    await wait(fault.lastsMs, signal);
    await heal();
    done.push({ ...fault, from, to: Date.now() });
  };
  await Promise.all(plan.map(one));
  return done;
}

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(Math.max(0, ms), undefined, { signal }).catch(() => undefined);

/** Begins a fault; what it returns heals it. */
async function begin(
  { kind, target, lastsMs }: Fault,
  { fleet, broker, networks }: Targets,
): Promise<() => Promise<void>> {
  const [what, who] = kind.split('_');
  if (who === 'server') return beginAtServer(what ?? '', target, broker);
  if (who === 'machine') return burden(lastsMs);
  const part = fleet.part(target);
  if (what === 'cut') {
    const network = networks.get(target);
    await network?.cut();
    return async () => network?.heal();
  }
  if (what === 'freeze') {
    part.freeze();
    return async () => part.thaw();
  }
  await (what === 'kill' ? part.kill() : part.leave());
  return () => part.start();
}

async function beginAtServer(what: string, target: string, broker: Broker): Promise<() => Promise<void>> {
  const server = broker.servers.get(target);
  if (server === undefined) throw new Error(`no server "${target}"`);
  if (what === 'freeze') {
    const { pid } = server;
    process.kill(pid, 'SIGSTOP');
    return async () => void process.kill(pid, 'SIGCONT');
  }
  if (what === 'restart') return () => server.restart();
  await server.kill();
  return () => server.restart();
}
