/** The whole cluster in this process on the memory bus. A bare call of a function is no fair rival, so there is none. */
import { startEmbedded } from '@tutti/cluster';
import type { RunOnce } from '../rounds.ts';
import { BENCH_POOL, noopAgents } from './definition.ts';
import { createDriver } from './driver.ts';

export interface Side {
  readonly run: RunOnce;
  stop(): Promise<void>;
}

export async function embeddedSide(instances: number): Promise<Side> {
  const embedded = await startEmbedded({ agents: noopAgents(), instances, pool: BENCH_POOL });
  return { run: await createDriver(embedded.bus), stop: () => embedded.stop() };
}
