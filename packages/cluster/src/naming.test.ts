import { createMemoryBus } from '@tutti/bus';
import { createExchange } from '@tutti/kernel';
import { expect, it } from 'vitest';
import { startAgentProcess } from './agent-process.ts';
import { type Named, takeName } from './naming.ts';
import { portsOf } from './ports.ts';

const bus = createMemoryBus();
function take(name: string, kind: Named = 'node'): Promise<() => void> {
  const ports = portsOf({ bus });
  return takeName(ports, createExchange(ports, { identity: `asks-for-${name}` }), kind, name);
}

it('a name that a live process has is refused, with who has it; once given back it is free', async () => {
  const giveBack = await take('n1');
  await expect(take('n1')).rejects.toMatchObject({
    code: 'name_taken',
    message: expect.stringMatching(/^A live process is called "n1" already: process \d+ on /),
  });
  await take('n2');
  giveBack();
  await take('n1');
});

it('a node and a process of agents may have one name', async () => {
  await take('both', 'node');
  await take('both', 'agents');
});

it('a second process of agents under a name that is to be its own does not start', async () => {
  const options = { bus, agents: [], instances: 1, name: 'd', hasOwnName: true };
  const first = await startAgentProcess(options);
  await expect(startAgentProcess(options)).rejects.toMatchObject({ code: 'name_taken' });
  await first.drain(0);
  await (await startAgentProcess(options)).drain(0);
});
