/** What a cluster watches of its pool, by the words of the command line. */
import {
  DEFAULT_MONITORING,
  type MonitoringSpec,
  monitoringSpec,
  POOL_METRICS,
  type PoolMetric,
  parseDuration,
  TuttiError,
} from '@tutti/contracts';

const EVERY = 'every';

const bad = (what: string): TuttiError =>
  new TuttiError(
    'bad_usage',
    `--alerts ${what}; write it as queue_depth=5,cpu_usage=95,response_time=10m,every=30s, or metric=off`,
  );

const isMetric = (word: string): word is PoolMetric => (POOL_METRICS as readonly string[]).includes(word);

/** Ms, of one duration; a bare number is seconds, as in a file. */
function durationOf(part: string, value: string): number {
  const parsed = parseDuration(/^\d+(\.\d+)?$/.test(value) ? Number(value) : value);
  if (!parsed.ok) throw bad(`"${part}": ${parsed.reason}`);
  if (parsed.value.minMs !== parsed.value.maxMs) throw bad(`"${part}" is a range`);
  return parsed.value.maxMs;
}

/** The alerts of `queue_depth=5,response_time=10m`: what is not named stays as it is by default. Throws `bad_usage`. */
export function parseAlerts(text: string): MonitoringSpec {
  let spec = DEFAULT_MONITORING;
  for (const part of text.split(',').map((each) => each.trim())) {
    const [key = '', value = '', ...rest] = part.split('=').map((each) => each.trim());
    if (value === '' || rest.length > 0 || (key !== EVERY && !isMetric(key)))
      throw bad(`"${part}" cannot be understood: the metrics are ${POOL_METRICS.join(', ')}`);
    const parsed = monitoringSpec.safeParse(changed(spec, part, key, value));
    if (!parsed.success) throw bad(`"${part}": ${parsed.error.issues[0]?.message ?? 'it cannot be'}`);
    spec = parsed.data;
  }
  return spec;
}

function changed(spec: MonitoringSpec, part: string, key: PoolMetric | typeof EVERY, value: string): MonitoringSpec {
  if (key === EVERY) return { ...spec, intervalMs: durationOf(part, value) };
  const metrics = spec.metrics.filter((metric) => metric !== key);
  if (value === 'off') return { ...spec, metrics };
  const threshold = key === 'response_time' ? durationOf(part, value) : Number(value);
  return { ...spec, metrics: [...metrics, key], thresholds: { ...spec.thresholds, [key]: threshold } };
}
