/** What a run costs in memory while it waits in its third step: embedded, journals and context included. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClient } from '@tutti/client';
import { startEmbedded } from '@tutti/cluster';
import { createSubjects, tuttiEvent } from '@tutti/contracts';
import { BENCH_POOL, BODY, noopAgents, seedDag } from '../seed-dag/definition.ts';

/** Nobody offers these: a run stops before them and waits. */
const MISSING: ReadonlySet<string> = new Set(['ux_expert', 'architect']);
const AT_ONCE = 16;

/** Bytes of heap and buffers after a whole collection. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes a parked run, from the difference that `runs` of them make. */
export async function bytesOfParkedRun(runs: number): Promise<number> {
  const agents = noopAgents().filter(({ name }) => !MISSING.has(name));
  const embedded = await startEmbedded({ agents, instances: AT_ONCE, pool: BENCH_POOL });
  const client = createClient({ bus: embedded.bus });
  const park = await parking(embedded.bus, (run) =>
    client.submit({ run, definition: seedDag(), inputs: { task: BODY } }),
  );
  // The first ones pay for what is made once: code, caches, tables.
  await park(runs / 10);
  const before = bytesInUse();
  await park(runs);
  const bytes = (bytesInUse() - before) / runs;
  await embedded.stop();
  return bytes;
}

type Bus = Parameters<typeof createClient>[0]['bus'];

/** Submits runs, a few at a time, and resolves when each has come to wait. */
async function parking(bus: Bus, submit: (run: string) => Promise<unknown>): Promise<(runs: number) => Promise<void>> {
  const waiting = new Map<string, () => void>();
  const subject = createSubjects().of('runEvent', { run: '*', noun: 'step', verb: 'succeeded' });
  bus.subscribe(subject, ({ data }) => {
    const { run = '', data: body } = tuttiEvent.parse(JSON.parse(new TextDecoder().decode(data)));
    if (body['step'] === 'pm') waiting.get(run)?.();
  });
  await bus.flush();
  let count = 0;
  const one = async (): Promise<void> => {
    const run = `parked-${++count}`;
    const parked = new Promise<void>((resolve) => waiting.set(run, resolve));
    await Promise.all([parked, submit(run)]);
    waiting.delete(run);
  };
  return async (runs) => {
    let left = runs;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await one();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
}
