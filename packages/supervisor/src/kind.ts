/** The workflow actor as the kernel hosts it. */
import { shardOf } from '@tutti/contracts';
import type { ActorKind } from '@tutti/kernel';
import { createRunMachine, RUN_ACCEPTS, type RunMachineOptions } from './machine.ts';

export interface WorkflowKindOptions extends RunMachineOptions {
  /** Name of the node that hosts it. */
  readonly owner: string;
}

export function workflowKind(options: WorkflowKindOptions): ActorKind {
  return {
    name: 'wf',
    machine: createRunMachine(options),
    durable: true,
    // Since 2 a run does the validations of its plan; since 3 a failure that was under way ends an attempt that was told to
    // stop; since 4 leases of what was given up unheard are kept for a while; since 5 people decide conflicts.
    form: 5,
    readsForms: [1, 2, 3, 4],
    accepts: RUN_ACCEPTS,
    creates: ['workflow.start'],
    input: (params, _message, ownerEpoch) => ({
      run: params['run'] ?? '',
      shard: shardOf(params['run'] ?? ''),
      ownerEpoch,
      owner: options.owner,
    }),
  };
}
