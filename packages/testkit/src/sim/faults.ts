/** What may go wrong in a run of the simulation, and how often: all of it follows from the seed. */
import type { AppendInterceptor, DeliveryInterceptor } from '@tutti/bus';
import type { Seeded } from './random.ts';

export interface FaultRates {
  /** Shares of messages. */
  readonly loss: number;
  readonly duplication: number;
  /** Messages held back past others. */
  readonly delay: number;
  readonly maxDelayMs: number;
  /** Shares of appends and of writes to the key-values whose request or answer is lost. */
  readonly storage: number;
  /** Mean ms between two of each; 0: never. */
  readonly crashEveryMs: number;
  readonly pauseEveryMs: number;
  readonly cutEveryMs: number;
  readonly leaveEveryMs: number;
}

export const NO_FAULTS: FaultRates = {
  loss: 0,
  duplication: 0,
  delay: 0,
  maxDelayMs: 0,
  storage: 0,
  crashEveryMs: 0,
  pauseEveryMs: 0,
  cutEveryMs: 0,
  leaveEveryMs: 0,
};

/** Each kind of fault is present in about half of the seeds, in strengths from rare to heavy. */
export function faultsFrom(random: Seeded): FaultRates {
  const maybe = (to: number): number => (random.chance(0.5) ? to * random.next() : 0);
  const every = (fromMs: number, toMs: number): number => (random.chance(0.5) ? random.between(fromMs, toMs) : 0);
  return {
    loss: maybe(0.08),
    duplication: maybe(0.1),
    delay: maybe(0.15),
    maxDelayMs: random.between(5, 1_500),
    storage: maybe(0.08),
    crashEveryMs: every(3_000, 15_000),
    pauseEveryMs: every(3_000, 15_000),
    cutEveryMs: every(3_000, 15_000),
    leaveEveryMs: every(8_000, 30_000),
  };
}

/** One kind of fault alone, much of it, or much of everything. */
const HEAVY: readonly Partial<FaultRates>[] = [
  { loss: 0.1, duplication: 0.2, delay: 0.4, maxDelayMs: 4_000 },
  { storage: 0.2 },
  { pauseEveryMs: 1_500 },
  { cutEveryMs: 1_500 },
  { crashEveryMs: 1_500 },
  { leaveEveryMs: 2_000 },
  {
    loss: 0.1,
    duplication: 0.2,
    delay: 0.3,
    maxDelayMs: 3_000,
    storage: 0.1,
    crashEveryMs: 4_000,
    pauseEveryMs: 4_000,
    cutEveryMs: 4_000,
    leaveEveryMs: 8_000,
  },
];

export const heavyFaultsFrom = (random: Seeded): FaultRates => ({ ...NO_FAULTS, ...random.pick(HEAVY) });

/** One way through the network, ms. */
const LATENCY_MS = { from: 0.2, to: 2 };
/** Keeps two messages of one pair of processes in order although their latencies differ. */
const IN_ORDER_MS = 0.001;

export interface Weather {
  /** False: messages are as on a calm day, only latency is left. */
  readonly stormy: () => boolean;
  readonly elapsed: () => number;
}

/** Latency for every message, in order between two processes; loss, duplicates and late ones while it storms. */
export function deliveries(random: Seeded, rates: FaultRates, weather: Weather): DeliveryInterceptor {
  const last = new Map<string, number>();
  return ({ from, to }) => {
    const pair = `${from}>${to}`;
    const now = weather.elapsed();
    const usual = now + random.between(LATENCY_MS.from, LATENCY_MS.to);
    const at = Math.max(usual, (last.get(pair) ?? 0) + IN_ORDER_MS);
    last.set(pair, at);
    const due = at - now;
    if (!weather.stormy()) return [due];
    if (random.chance(rates.loss)) return [];
    const late = due + random.between(0, rates.maxDelayMs);
    const first = random.chance(rates.delay) ? late : due;
    return random.chance(rates.duplication) ? [first, due + random.between(0, rates.maxDelayMs)] : [first];
  };
}

/** A journal's append takes some ms; while it storms its request or its answer may be lost. */
export function appends(random: Seeded, rates: FaultRates, weather: Weather): AppendInterceptor {
  return () => {
    const plan = { applyAfterMs: random.between(0.3, 2), answerAfterMs: random.between(0.3, 2) };
    if (!weather.stormy() || !random.chance(rates.storage)) return plan;
    return { ...plan, lose: random.chance(0.5) ? 'request' : 'answer' };
  };
}
