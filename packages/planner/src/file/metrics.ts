import { POOL_METRICS } from '@tutti/contracts';
import type { Resolution } from './resolution.ts';
import { didYouMean } from './suggest.ts';

/** Metrics that a file wants to be watched and that nobody samples: their alerts would never come. */
export function checkMetrics({ file, locate, findings }: Resolution): void {
  const { metrics = [] } = file.resource_manager?.load_balancing?.resource_monitoring ?? {};
  for (const [i, metric] of metrics.entries()) {
    if ((POOL_METRICS as readonly string[]).includes(metric)) continue;
    const at = locate(['resource_manager', 'load_balancing', 'resource_monitoring', 'metrics', i]);
    const message = `nothing is known of a metric "${metric}", so it is not watched`;
    const suggestion = didYouMean(metric, POOL_METRICS) ?? `there are ${POOL_METRICS.join(', ')}`;
    findings.add('fixed_value', at, message, { severity: 'warning', suggestion });
  }
}
