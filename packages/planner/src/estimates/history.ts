/** What past runs say about durations: samples by agent, by size of input where sizes are known, and their quantiles. */

/** One finished step of a past run. */
export interface FinishedStep {
  readonly agent: string;
  readonly durationMs: number;
  /** Bytes of its input, where they are known. */
  readonly inputBytes?: number;
  readonly step?: string;
}

export interface LearnedEstimate {
  /** 10 %, 50 % and 90 % of the samples took no longer. */
  readonly p10Ms: number;
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly samples: number;
  /** The samples are of inputs of about this size: from so many bytes to about twice as many. */
  readonly inputBytes?: number;
}

/** Fewer samples than this say nothing that the file's estimate does not say better: one slow day would decide. */
export const LEAST_SAMPLES = 3;
/** The latest samples of an agent that count: agents change, and a history may be long. */
const MOST_SAMPLES = 200;

export class History {
  readonly #byAgent = new Map<string, FinishedStep[]>();

  /** @param finished in the order in which they ended */
  constructor(finished: Iterable<FinishedStep>) {
    for (const one of finished) {
      const known = this.#byAgent.get(one.agent);
      if (known === undefined) this.#byAgent.set(one.agent, [one]);
      else known.push(one);
    }
  }

  /**
   * What the agent's samples say of a step: those of inputs of its size where there are enough of them, else all. The size is
   * the median of what the step was given before. Undefined for fewer than three samples.
   */
  estimateOf(agent: string, step: string): LearnedEstimate | undefined {
    const all = this.#byAgent.get(agent) ?? [];
    const size = median(all.flatMap((one) => (one.step === step ? (one.inputBytes ?? []) : [])));
    if (size !== undefined) {
      const alike = all.filter(
        ({ inputBytes }) => inputBytes !== undefined && sizeClass(inputBytes) === sizeClass(size),
      );
      const learned = quantilesOf(alike);
      if (learned !== undefined) return { ...learned, inputBytes: 2 ** (sizeClass(size) - 1) - 1 };
    }
    return quantilesOf(all);
  }
}

/** Sizes within a factor of two are one class; nothing at all is a class of its own. */
const sizeClass = (bytes: number): number => Math.floor(Math.log2(bytes + 1)) + 1;

function quantilesOf(samples: readonly FinishedStep[]): LearnedEstimate | undefined {
  if (samples.length < LEAST_SAMPLES) return undefined;
  const sorted = samples
    .slice(-MOST_SAMPLES)
    .map(({ durationMs }) => durationMs)
    .sort((a, b) => a - b);
  const at = (share: number): number => Math.round(quantile(sorted, share) ?? 0);
  return { p10Ms: at(0.1), medianMs: at(0.5), p90Ms: at(0.9), samples: sorted.length };
}

const median = (values: readonly number[]): number | undefined =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );

/** Between two samples on a straight line, the rule of most statistics programs. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return below === undefined || above === undefined ? undefined : below + (above - below) * (place % 1);
}
