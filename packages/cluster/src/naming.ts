/**
 * One name, one live process. Shards and instances are known by the name of their process, so two of one name would take
 * each other's work. Whoever takes a name asks for it first, and answers for it from then on.
 *
 * Two that ask within the same moment may both get it; a process that does not answer counts as gone.
 */
import { hostname } from 'node:os';
import { TuttiError } from '@tutti/contracts';
import type { Exchange, KernelPorts } from '@tutti/kernel';

/** Time a live process has to answer, ms: longer than it may be busy with one thing. */
const ANSWER_MS = 2_000;
/** What says that nobody lives there: nobody listens, or nobody answers. */
const FREE: readonly string[] = ['no_responders', 'request_timeout'];

export type Named = 'node' | 'agents';

/** Takes the name; resolves with what gives it back. Rejects `name_taken` when a live process has it. */
export async function takeName(ports: KernelPorts, exchange: Exchange, kind: Named, name: string): Promise<() => void> {
  const subject = ports.subjects.of('name', { kind, process: name });
  const sinceMs = ports.clock.now();
  await assertFree(exchange, subject, name);
  const held = { type: 'name.held' as const, name, host: hostname().slice(0, 255), pid: process.pid, sinceMs };
  const served = exchange.serve(subject, ({ reply }) => reply?.(held), { local: false });
  await ports.bus.flush();
  return () => served.unsubscribe();
}

async function assertFree(exchange: Exchange, subject: string, name: string): Promise<void> {
  try {
    const { message } = await exchange.ask(subject, { type: 'name.asked', name }, ANSWER_MS);
    if (message.type !== 'name.held') return;
    const { host, pid, sinceMs } = message;
    const who = `process ${pid} on ${host}, since ${new Date(sinceMs).toISOString()}`;
    throw new TuttiError('name_taken', `A live process is called "${name}" already: ${who}`, {
      details: { host, pid },
    });
  } catch (error) {
    if (!FREE.includes(TuttiError.from(error).code)) throw error;
  }
}
