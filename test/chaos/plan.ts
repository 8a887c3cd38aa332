/** Which fault comes when, from a seed: a list made before anything starts, so that one seed is one storm. Pure. */
import { type Seeded, seeded } from '@tutti/testkit/simulation';

/**
 * `kill`: SIGKILL, later started again. `freeze`: SIGSTOP, later SIGCONT. `cut`: no packet passes. `restart`: SIGTERM. `slow`: others
 * take the processors.
 */
export const FAULT_KINDS = [
  'kill_node',
  'kill_agents',
  'freeze_node',
  'freeze_agents',
  'cut_node',
  'cut_agents',
  'restart_node',
  'restart_server',
  'kill_server',
  'freeze_server',
  'lose_server',
  'slow_machine',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  /** From the start of the storm, ms. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** Name of a process or a server; `machine`. */
  readonly target: string;
  /** Until it is healed, ms. */
  readonly lastsMs: number;
}

export interface Field {
  readonly nodes: readonly string[];
  readonly agents: readonly string[];
  readonly servers: readonly string[];
  /** Those that live in a network of their own, which can be cut off. */
  readonly separable: readonly string[];
}

/** How long a fault lasts, ms. Node leases are 3 s, those of the pool 10 s, and an agent is given up after three beats of 1 s. */
const LASTS: Readonly<Record<FaultKind, readonly [number, number]>> = {
  kill_node: [100, 4_000],
  kill_agents: [100, 4_000],
  freeze_node: [200, 6_000],
  freeze_agents: [200, 6_000],
  cut_node: [500, 8_000],
  cut_agents: [500, 8_000],
  restart_node: [100, 1_000],
  restart_server: [0, 500],
  kill_server: [0, 1_500],
  freeze_server: [200, 3_000],
  lose_server: [3_000, 9_000],
  slow_machine: [1_000, 8_000],
};
/** Between two faults, ms: several are under way at once. */
const GAP_MS = { from: 1_000, to: 3_500 };
/** After it was healed a process comes back to its work before it is hit again, ms. */
const RECOVERS_MS = 2_500;

/** Targets of each kind; a server is lost for long only where others remain. */
function targetsOf(kind: FaultKind, { nodes, agents, servers, separable }: Field): readonly string[] {
  if (kind === 'lose_server') return servers.length > 1 ? servers : [];
  if (kind.endsWith('_server')) return servers;
  if (kind === 'slow_machine') return ['machine'];
  const all = kind.endsWith('_node') ? nodes : agents;
  return kind.startsWith('cut') ? all.filter((name) => separable.includes(name)) : all;
}

/** Faults for so long, ms: the last is healed before the end. Of the servers one at a time is under a fault. */
export function planFaults(seed: number, forMs: number, field: Field): readonly Fault[] {
  const random = seeded(seed, 'faults');
  const faults: Fault[] = [];
  const busy = new Map<string, number>();
  for (let atMs = gapOf(random); ; atMs += gapOf(random)) {
    const kind = random.pick(FAULT_KINDS.filter((each) => targetsOf(each, field).length > 0));
    const target = random.pick(targetsOf(kind, field));
    const lastsMs = Math.round(random.between(...LASTS[kind]));
    if (atMs >= forMs) return faults;
    const place = kind.endsWith('_server') ? 'a server' : target;
    if (atMs + lastsMs >= forMs || (busy.get(place) ?? 0) > atMs) continue;
    busy.set(place, atMs + lastsMs + RECOVERS_MS);
    faults.push({ atMs, kind, target, lastsMs });
  }
}

const gapOf = (random: Seeded): number => Math.round(random.between(GAP_MS.from, GAP_MS.to));
