/** What the node that manages the pool knows and logs of its metrics. */
import type { EventOf, ResourceAlert } from '@tutti/contracts';
import type { ActorHost } from '@tutti/kernel';
import { alertsOf, type PoolState } from '@tutti/resources';
import type { Logger } from '@tutti/telemetry';

/** Performs the custom effect of a pool: what it tells people, it tells the log. */
export const logAlerts =
  (log: Logger) =>
  (_: string, told: unknown): void => {
    const { type, data } = told as EventOf<'resource.alert' | 'resource.well'>;
    const words = type === 'resource.alert' ? 'is over its threshold' : 'is below its threshold again';
    log.warn(data, `${data.metric} of the pool ${words}`);
  };

/** Metrics of a pool hosted here that are over their thresholds; undefined when none is. */
export function alertsAt(pools: Pick<ActorHost, 'get'>, pool: string): ResourceAlert[] | undefined {
  const state = pools.get(pool)?.snapshot?.context as PoolState | undefined;
  const alerts = state === undefined ? [] : alertsOf(state);
  return alerts.length === 0 ? undefined : [...alerts];
}
