import { TuttiError } from '@tutti/contracts';
import { INSTRUMENTS, type InstrumentKind, type InstrumentName, type InstrumentUnit } from './instruments.ts';
import type { Labels, Meter } from './meter.ts';

/** Most series (instrument and label combination) a meter holds; beyond it new ones are counted as dropped. */
export const MAX_SERIES = 10_000;

/**
 * Upper bounds of the histogram's buckets: 1-2-5 steps from 10 µs to 50 s for `ms`. A value above the last bound goes
 * to one more bucket. Quantiles read from them are right to within one step.
 */
const BUCKET_BOUNDS: readonly number[] = [-2, -1, 0, 1, 2, 3, 4].flatMap((power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
);

/** One series as it stands. */
export interface SeriesSnapshot {
  readonly name: InstrumentName;
  readonly kind: InstrumentKind;
  readonly unit: InstrumentUnit;
  readonly labels: Labels;
  /** Counter: the sum. Gauge: the last value. Histogram: the sum of values. */
  readonly value: number;
  /** Measurements taken. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

interface Series {
  readonly name: InstrumentName;
  readonly labels: Labels;
  value: number;
  count: number;
  min: number;
  max: number;
  readonly buckets: number[];
}

export interface MemoryMeter extends Meter {
  snapshot(): readonly SeriesSnapshot[];
  /** The current value of one series (labels must match exactly); 0 when nothing was measured. */
  value(name: InstrumentName, labels?: Labels): number;
  /** Upper bound of the bucket in which the q-quantile (0..1) of a histogram lies; undefined when empty. */
  quantile(name: InstrumentName, q: number, labels?: Labels): number | undefined;
  /** Series that were refused because of `MAX_SERIES`. */
  readonly droppedSeries: number;
}

const NO_LABELS: Labels = Object.freeze({});

function seriesKey(name: string, labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return name;
  return JSON.stringify([name, ...names.sort().map((label) => [label, labels[label]])]);
}

function bucketOf(value: number): number {
  const index = BUCKET_BOUNDS.findIndex((bound) => value <= bound);
  return index < 0 ? BUCKET_BOUNDS.length : index;
}

function quantileOf(series: Series, q: number): number {
  const rank = q * series.count;
  let seen = 0;
  for (const [index, count] of series.buckets.entries()) {
    seen += count;
    if (seen >= rank && count > 0) return Math.min(BUCKET_BOUNDS[index] ?? series.max, series.max);
  }
  return series.max;
}

class InMemoryMeter implements MemoryMeter {
  droppedSeries = 0;
  private readonly series = new Map<string, Series>();

  private update(name: InstrumentName, labels: Labels, change: (series: Series) => void, value: number): void {
    const series = this.find(name, labels);
    if (series === undefined) return;
    change(series);
    series.count += 1;
    series.min = Math.min(series.min, value);
    series.max = Math.max(series.max, value);
  }

  private find(name: InstrumentName, labels: Labels): Series | undefined {
    const key = seriesKey(name, labels);
    const known = this.series.get(key);
    if (known !== undefined) return known;
    if (this.series.size >= MAX_SERIES) {
      this.droppedSeries += 1;
      return undefined;
    }
    const buckets = INSTRUMENTS[name].kind === 'histogram' ? new Array<number>(BUCKET_BOUNDS.length + 1).fill(0) : [];
    const created: Series = { name, labels, value: 0, count: 0, min: Infinity, max: -Infinity, buckets };
    this.series.set(key, created);
    return created;
  }

  private check(name: InstrumentName, kind: InstrumentKind): void {
    if (INSTRUMENTS[name]?.kind !== kind) {
      throw new TuttiError('internal_error', `No ${kind} called "${name}" is in the instrument table.`);
    }
  }

  counter(name: Parameters<Meter['counter']>[0]): ReturnType<Meter['counter']> {
    this.check(name, 'counter');
    return {
      add: (by = 1, labels = NO_LABELS) =>
        this.update(
          name,
          labels,
          (series) => {
            series.value += by;
          },
          by,
        ),
    };
  }

  gauge(name: Parameters<Meter['gauge']>[0]): ReturnType<Meter['gauge']> {
    this.check(name, 'gauge');
    return {
      set: (value, labels = NO_LABELS) =>
        this.update(
          name,
          labels,
          (series) => {
            series.value = value;
          },
          value,
        ),
    };
  }

  histogram(name: Parameters<Meter['histogram']>[0]): ReturnType<Meter['histogram']> {
    this.check(name, 'histogram');
    const record = (value: number, labels: Labels = NO_LABELS): void => {
      const add = (series: Series): void => {
        series.value += value;
        const bucket = bucketOf(value);
        series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
      };
      this.update(name, labels, add, value);
    };
    return { record };
  }

  snapshot(): readonly SeriesSnapshot[] {
    return [...this.series.values()].map(({ buckets: _, ...series }) => {
      const { kind, unit } = INSTRUMENTS[series.name];
      return { ...series, kind, unit };
    });
  }

  value(name: InstrumentName, labels: Labels = NO_LABELS): number {
    return this.series.get(seriesKey(name, labels))?.value ?? 0;
  }

  quantile(name: InstrumentName, q: number, labels: Labels = NO_LABELS): number | undefined {
    const series = this.series.get(seriesKey(name, labels));
    return series === undefined || series.count === 0 ? undefined : quantileOf(series, q);
  }
}

/** A meter that keeps its figures in this process: for the summary of a run, for benchmarks and for tests. */
export function createMemoryMeter(): MemoryMeter {
  return new InMemoryMeter();
}
