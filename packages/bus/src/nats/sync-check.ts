/** Whether the server syncs its disk at each write: an acknowledgement is not an fsync (nats.md, fact 3). */
import type { NatsSettings } from './options.ts';

const LIMIT_MS = 2_000;

interface Varz {
  readonly jetstream?: { readonly config?: { readonly sync_always?: boolean; readonly sync_interval?: number } };
}

/** Warns when the monitoring page says otherwise. Without its address nothing can be seen from here, and that is said. */
export async function warnUnlessSynced({ monitorUrl, logger }: NatsSettings): Promise<void> {
  if (monitorUrl === undefined) {
    logger.debug({}, 'no monitoring address given: whether the broker syncs at each write cannot be seen');
    return;
  }
  try {
    const page = await fetch(new URL('/varz', monitorUrl), { signal: AbortSignal.timeout(LIMIT_MS) });
    const config = ((await page.json()) as Varz).jetstream?.config;
    if (config?.sync_always === true) return;
    const fields = { syncIntervalNanos: config?.sync_interval ?? 'not told' };
    logger.warn(fields, 'the broker does not sync at each write: a power loss may take acknowledged records');
  } catch (error) {
    logger.warn({ err: error, monitorUrl }, 'the monitoring page of the broker does not answer');
  }
}
