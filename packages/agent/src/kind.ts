/** The kind of actor that an agent instance is. */
import type { Subjects } from '@tutti/contracts';
import type { ActorKind } from '@tutti/kernel';
import { type InstanceInput, instanceMachine } from './machine.ts';
import { type AgentOptions, agentOptions } from './options.ts';

/**
 * An instance keeps nothing that must survive its process: what it ran is given to others, under a newer epoch.
 * `execution.*` and `host.*` come from the host in this process; no message of the wire has these types.
 */
export const agentKind = (subjects: Subjects, options: AgentOptions = agentOptions.parse({})): ActorKind => ({
  name: 'agt',
  machine: instanceMachine(subjects, options),
  durable: false,
  accepts: {
    'attempt.run': 'prompt',
    'attempt.cancel': 'prompt',
    'attempt.recorded': 'prompt',
    'execution.prepared': 'prompt',
    'execution.ended': 'prompt',
    'host.drain': 'prompt',
    'host.alone': 'prompt',
    'host.leave': 'prompt',
  },
  creates: ['*'],
  input: ({ role = '', instance = '' }): InstanceInput => ({ role, instance }),
});
