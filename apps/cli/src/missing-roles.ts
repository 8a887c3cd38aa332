/** Roles that a cluster needs and nobody offers: a run in it waits, and says nothing. */
import type { Client } from '@tutti/client';
import { ROLES, type Role } from '@tutti/cluster';
import { TuttiError } from '@tutti/contracts';
import type { Io, Stop } from './io.ts';

export const missingRoles = (nodes: readonly { readonly roles: readonly string[] }[]): readonly Role[] =>
  ROLES.filter((role) => !nodes.some(({ roles }) => roles.includes(role)));

/** Silence after which the cluster is asked who is there, and the time between two such questions, ms. */
export const SILENCE_MS = 5_000;

export interface RoleWatch {
  /** The run has told something: nothing is missing as far as anybody can see. */
  heard(): void;
  readonly stop: Stop;
}

/** Where nobody leads runs nobody can say what else is missing. */
const whatToDo = (missing: readonly Role[]): string =>
  missing.includes('supervisor')
    ? 'no node leads it; start one with `tutti up --nats URL`, which offers every role'
    : `no node offers ${missing.join(', ')}; start one with \`tutti up --nats URL --roles ${missing.join(',')}\``;

/** Says, once a change, which roles nobody offers while a run is silent. */
export function watchRoles(io: Io, client: Pick<Client, 'describe'>, note: (text: string) => void): RoleWatch {
  let isSilent = false;
  let told = '';
  const look = async (): Promise<void> => {
    const missing = await client.describe().then(
      ({ nodes }) => missingRoles(nodes),
      // Without a supervisor nobody answers; a broker that is away is told of by whoever watches the run.
      (error: unknown): readonly Role[] => (TuttiError.from(error).code === 'no_responders' ? ['supervisor'] : []),
    );
    const text = missing.join(',');
    if (text === told) return;
    told = text;
    note(
      text === ''
        ? 'tutti: every role is offered again; the run goes on'
        : `tutti: the run waits: ${whatToDo(missing)}`,
    );
  };
  const stop = io.every(SILENCE_MS, () => {
    if (isSilent) void look();
    isSilent = true;
  });
  return { heard: () => (isSilent = false), stop };
}
