/** Ownership of a process that is the whole cluster. */
import { SHARD_COUNT } from '@tutti/contracts';
import type { Ownership, OwnershipEvents } from './ownership.ts';
import type { Role } from './roles.ts';

/** Everything is owned from the first moment, under one epoch. */
export function soleOwnership(roles: readonly Role[], events: OwnershipEvents): Ownership {
  return {
    start() {
      for (const role of roles) for (let shard = 0; shard < SHARD_COUNT; shard++) events.gained(role, shard, 1, true);
      return Promise.resolve();
    },
    epochOf: (role) => (roles.includes(role) ? 1 : undefined),
    owned: (role) => (roles.includes(role) ? SHARD_COUNT : 0),
    nodes: () => [],
    look: () => undefined,
    journaled: () => undefined,
    stop: () => Promise.resolve(),
  };
}
