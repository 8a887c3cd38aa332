import type { Body } from '@tutti/contracts';
import type { ActorKind } from '@tutti/kernel';
import { barrierMachine, openState } from './machine.ts';

export { barrierMachine } from './machine.ts';
export { type BarrierState, deadlineOf, decideAtDeadline, decideByArrivals } from './policy.ts';

/** The barrier as the kernel hosts it: one a group, not durable; its workflow opens it again after a crash. */
export function barrierKind(): ActorKind {
  return {
    name: 'bar',
    machine: barrierMachine,
    durable: false,
    accepts: {
      'barrier.open': 'prompt',
      'barrier.arrive': 'prompt',
      'barrier.progress': 'prompt',
      'barrier.recorded': 'prompt',
      'barrier.cancel': 'prompt',
    },
    creates: ['barrier.open'],
    input: (_params, message) => ({ ...openState(message as unknown as Body<'barrier.open'>) }),
  };
}
