/**
 * A chain of waits as bare request and reply with one synced append after each: the least that a chain of agents over NATS
 * takes whose results are not lost.
 */
import { connect, headers } from 'nats';
import { pause } from '../makespan/pause.adapter.ts';

const SUBJECT = 'bare-chain.wait';
const STREAM = 'BARE_CHAIN';
const RECORD = 'bare-chain.record';
const TIMEOUT_MS = 60_000;
/** Of an order and of what is recorded, bytes: as much as the specification's agents take and give in the other benches. */
const BODY = new Uint8Array(1_024);
const NEVER = new AbortController().signal;

/** In the process of the agents: answers once the asked time is over. */
export async function serveBareWaits(url: string): Promise<() => Promise<void>> {
  const connection = await connect({ servers: url, name: 'bare-waits' });
  connection.subscribe(SUBJECT, {
    callback: (_, message) => {
      const ms = Number(message.headers?.get('Wait-Ms'));
      void pause(ms, NEVER).then(() => message.respond(BODY));
    },
  });
  await connection.flush();
  return () => connection.close();
}

export interface BareChain {
  /** Waits of these lengths, ms, one after another. */
  run(waits: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

export async function bareChain(url: string): Promise<BareChain> {
  const connection = await connect({ servers: url, name: 'bare-chain' });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: STREAM, subjects: [RECORD], max_msgs: 10_000 });
  const step = async (ms: number): Promise<void> => {
    const asked = headers();
    asked.set('Wait-Ms', String(ms));
    await connection.request(SUBJECT, BODY, { timeout: TIMEOUT_MS, headers: asked });
    await connection.request(RECORD, BODY, { timeout: TIMEOUT_MS });
  };
  return {
    async run(waits) {
      for (const ms of waits) await step(ms);
    },
    async stop() {
      await manager.streams.delete(STREAM);
      await connection.close();
    },
  };
}
