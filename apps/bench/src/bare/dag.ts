/** The same DAG as bare request and reply: no journal, no context, no admission. What this machine and server can do. */
import { connect } from 'nats';
import type { RunOnce } from '../rounds.ts';

const TIMEOUT_MS = 10_000;
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
  readonly run: RunOnce;
  readonly serverVersion: string;
  stop(): Promise<void>;
}

export async function bareSide(url: string, body: string): Promise<Bare> {
  const connection = await connect({ servers: url, name: 'bare-driver' });
  const order = new TextEncoder().encode(body);
  const ask = (role: string): Promise<unknown> => connection.request(subjectOf(role), order, { timeout: TIMEOUT_MS });
  const run = async (): Promise<void> => {
    await ask('analyst');
    await ask('pm');
    await Promise.all([ask('ux_expert'), ask('architect')]);
    await ask('developer');
    await ask('qa');
  };
  return { run, serverVersion: connection.info?.version ?? 'unknown', stop: () => connection.close() };
}
