/** After the last run: the pool is empty within a lease, and the next run that needs all of it starts at once. */
import { setTimeout as pause } from 'node:timers/promises';
import { keepMsOf, type MessageOf } from '@tutti/contracts';
import { ALONE_MS } from './parts/fleet.ts';
import type { Inspector } from './work/inspector.ts';
import { wholePool } from './work/workflows.ts';

export interface Rest {
  readonly pool: MessageOf<'resource.state'> | undefined;
  /** Until the pool was empty, ms. */
  readonly emptyMs: number;
  /** Until a run of three steps, which together need the whole pool, had started all three, ms; Infinity: it did not. */
  readonly startedMs: number;
}

/** A lease that nobody renews runs out after 10 s, and what is not heard of is over by its own time; what is held then has leaked. */
const LEASE_OVER_MS = 12_000 + keepMsOf(ALONE_MS);
const LOOK_MS = 250;
/** Steps of the run that needs the whole pool; each works longer than it takes to start the others. */
const THIRDS = 3;

export async function atRest(inspector: Inspector): Promise<Rest> {
  const beganAt = Date.now();
  let pool = await inspector.pool().catch(() => undefined);
  while (!isEmpty(pool) && Date.now() - beganAt < LEASE_OVER_MS) {
    await pause(LOOK_MS);
    pool = await inspector.pool().catch(() => undefined);
  }
  return { pool, emptyMs: Date.now() - beganAt, startedMs: await startOfAll(inspector) };
}

const isEmpty = (pool: Rest['pool']): boolean => pool?.leases.length === 0 && pool.used.agents === 0;

/** From the acknowledgement to the start of the last of the three, by the run's own record. */
async function startOfAll({ client }: Inspector): Promise<number> {
  try {
    const { run } = await client.submit({ run: 'whole-pool', definition: wholePool() });
    await client.result(run);
    const times = { submitted: Number.NaN, started: [] as number[], ended: [] as number[] };
    for await (const { type, time } of client.events(run)) {
      if (type === 'run.submitted') times.submitted = Date.parse(time);
      if (type === 'step.started') times.started.push(Date.parse(time));
      if (type === 'step.succeeded') times.ended.push(Date.parse(time));
    }
    const last = Math.max(...times.started);
    const isAtOnce = times.started.length === THIRDS && last < Math.min(...times.ended);
    return isAtOnce ? last - times.submitted : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
