import type { CounterName, GaugeName, HistogramName } from './instruments.ts';

/** Labels of a measurement. Keep them few: each combination is a series of its own. */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  /** Adds `by` (default 1, never negative). */
  add(by?: number, labels?: Labels): void;
}
export interface Gauge {
  set(value: number, labels?: Labels): void;
}
export interface Histogram {
  /** Records one value in the unit of the instrument. */
  record(value: number, labels?: Labels): void;
}

/** The meter port. Ask for an instrument once and keep it; asking again gives the same one. */
export interface Meter {
  counter(name: CounterName): Counter;
  gauge(name: GaugeName): Gauge;
  histogram(name: HistogramName): Histogram;
}

const nothing = (): void => undefined;
const noopInstrument = { add: nothing, set: nothing, record: nothing };

/** Measures nothing. The default of every option called `meter`. */
export const noopMeter: Meter = {
  counter: () => noopInstrument,
  gauge: () => noopInstrument,
  histogram: () => noopInstrument,
};
