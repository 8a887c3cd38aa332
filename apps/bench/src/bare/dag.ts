/**
 * The same DAG as bare request and reply: no journal, no context, no admission. What this machine and server can do.
 * And once more with an append for the run and one for each step: the least that work takes which is not lost.
 */
import { connect, type NatsConnection } from 'nats';
import type { RunOnce } from '../rounds.ts';

const TIMEOUT_MS = 10_000;
const STREAM = 'BARE_DAG';
const RECORD = 'bare-dag.record';
const subjectOf = (role: string): string => `bare.${role}`;

/** Answers each role's requests with the body, in a process of its own. */
export async function serveBareAgents(
  url: string,
  roles: readonly string[],
  body: string,
): Promise<() => Promise<void>> {
  const connection = await connect({ servers: url, name: 'bare-agents' });
  const answer = new TextEncoder().encode(body);
  for (const role of roles)
    connection.subscribe(subjectOf(role), { callback: (_, message) => message.respond(answer) });
  await connection.flush();
  return () => connection.close();
}

export interface Bare {
  /** Requests alone. */
  readonly run: RunOnce;
  /** Each request followed by an append, and one before all. */
  readonly runRecorded: RunOnce;
  readonly serverVersion: string;
  stop(): Promise<void>;
}

/** The specification's DAG, whatever a step is. */
const dagOf = (step: (role: string) => Promise<unknown>) => async (): Promise<void> => {
  await step('analyst');
  await step('pm');
  await Promise.all([step('ux_expert'), step('architect')]);
  await step('developer');
  await step('qa');
};

async function makeStream(connection: NatsConnection): Promise<() => Promise<unknown>> {
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: STREAM, subjects: [RECORD], max_msgs: 100_000 });
  return () => manager.streams.delete(STREAM);
}

export async function bareSide(url: string, body: string): Promise<Bare> {
  const connection = await connect({ servers: url, name: 'bare-driver' });
  const order = new TextEncoder().encode(body);
  const ask = (subject: string): Promise<unknown> => connection.request(subject, order, { timeout: TIMEOUT_MS });
  const deleteStream = await makeStream(connection);
  const recorded = dagOf((role) => ask(subjectOf(role)).then(() => ask(RECORD)));
  return {
    run: dagOf((role) => ask(subjectOf(role))),
    runRecorded: () => ask(RECORD).then(recorded),
    serverVersion: connection.info?.version ?? 'unknown',
    async stop() {
      await deleteStream();
      await connection.close();
    },
  };
}
