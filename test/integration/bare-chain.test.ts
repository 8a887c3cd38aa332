/** What the makespan over NATS is held against: each wait takes its time, and what comes of it is on the server's disk. */
import { startNatsServer } from '@tutti/testkit/nats-servers';
import { connect } from 'nats';
import { expect, it } from 'vitest';
import { bareChain, serveBareWaits } from '../../apps/bench/src/bare/chain.ts';

it('waits one after another, with a record of each, and leaves no stream behind', async () => {
  const server = await startNatsServer({ version: 'current', syncAlways: true });
  const looker = await connect({ servers: server.url });
  const stopWaits = await serveBareWaits(server.url);
  const chain = await bareChain(server.url);
  try {
    const { streams } = await looker.jetstreamManager();
    const at = performance.now();
    await chain.run([20, 5, 10]);
    expect(performance.now() - at).toBeGreaterThanOrEqual(35);
    expect((await streams.info('BARE_CHAIN')).state.messages).toBe(3);
    await chain.stop();
    expect(await streams.list().next()).toEqual([]);
  } finally {
    await stopWaits();
    await looker.close();
    await server.stop();
  }
});
