import type { Subjects } from '@tutti/contracts';
import type { ActorKind } from '@tutti/kernel';
import { createPoolMachine } from './machine.ts';
import { type ResourcesOptionsInput, resourcesOptions } from './options.ts';

export { createPoolMachine } from './machine.ts';
export { alertsOf } from './monitor.ts';
export { type ResourcesOptions, type ResourcesOptionsInput, resourcesOptions } from './options.ts';
export type { PoolState } from './state.ts';

/** The resource manager as the kernel hosts it: one a pool, not durable, its truth is what its holders hold. */
export function resourcesKind({
  subjects,
  ...options
}: ResourcesOptionsInput & { readonly subjects: Subjects }): ActorKind {
  return {
    name: 'res',
    machine: createPoolMachine({ options: resourcesOptions.parse(options), subjects }),
    durable: false,
    accepts: {
      'resource.acquire': 'prompt',
      'resource.sync': 'prompt',
      'resource.describe': 'prompt',
      'pool.surveyed': 'prompt',
    },
    creates: ['*'],
    input: (params) => ({ pool: params['pool'] ?? 'default' }),
  };
}
