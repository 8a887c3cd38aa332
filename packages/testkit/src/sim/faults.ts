/** What may go wrong in a run of the simulation, and how often: all of it follows from the seed. */
import type { AppendInterceptor, Delivery, DeliveryInterceptor } from '@tutti/bus';
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
  /** Share of appends that are stored at once and acknowledged late. */
  readonly lateAcks: number;
  /** Mean ms between two of each; 0: never. */
  readonly crashEveryMs: number;
  readonly pauseEveryMs: number;
  readonly cutEveryMs: number;
  readonly leaveEveryMs: number;
  /** Some processes reach only each other: neither the rest nor the stores. */
  readonly splitEveryMs: number;
  /** The broker's disk is full: nothing more is stored, what is stored can be read. */
  readonly fullEveryMs: number;
  /** The broker loses its power, and with it the last that it had acknowledged. */
  readonly powerEveryMs: number;
  /** Share of what is asked of context stores and barriers that comes once more, or only then: long after its sender may have been replaced. */
  readonly echo: number;
}

export const NO_FAULTS: FaultRates = {
  loss: 0,
  duplication: 0,
  delay: 0,
  maxDelayMs: 0,
  storage: 0,
  lateAcks: 0,
  crashEveryMs: 0,
  pauseEveryMs: 0,
  cutEveryMs: 0,
  leaveEveryMs: 0,
  splitEveryMs: 0,
  fullEveryMs: 0,
  powerEveryMs: 0,
  echo: 0,
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
    lateAcks: maybe(0.1),
    splitEveryMs: every(6_000, 30_000),
    fullEveryMs: every(8_000, 30_000),
    powerEveryMs: 0,
    echo: 0,
  };
}

/** Most that a broker loses with its power: what it had stored in its last so many ms. */
export const MOST_LOST_MS = 500;
/** Share of seeds in which the broker loses its power. */
const POWERLESS = 0.12;

/** Rare, and drawn apart: a seed without it is the same whether or not others have it. */
export const powerFrom = (random: Seeded): Pick<FaultRates, 'powerEveryMs'> => ({
  powerEveryMs: random.chance(POWERLESS) ? random.between(1_500, 8_000) : 0,
});

/** Share of seeds with echoes, and the most of them. */
const ECHOING = 0.25;
const MOST_ECHOES = 0.3;

/** Drawn apart, as the power is. */
export const echoFrom = (random: Seeded): Pick<FaultRates, 'echo'> => ({
  echo: random.chance(ECHOING) ? MOST_ECHOES * random.next() : 0,
});

/** One kind of fault alone, much of it, or much of everything. */
const HEAVY: readonly Partial<FaultRates>[] = [
  { loss: 0.1, duplication: 0.2, delay: 0.4, maxDelayMs: 4_000 },
  { storage: 0.2, lateAcks: 0.3 },
  { pauseEveryMs: 1_500 },
  { cutEveryMs: 1_500 },
  { crashEveryMs: 1_500 },
  { leaveEveryMs: 2_000 },
  { splitEveryMs: 2_000 },
  { fullEveryMs: 3_000 },
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
    lateAcks: 0.1,
    splitEveryMs: 8_000,
    fullEveryMs: 10_000,
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
  isFull: boolean;
  /** Names of processes that reach only each other. */
  away: ReadonlySet<string>;
}

/** Latency for every message, in order between two processes; loss, duplicates and late ones while it storms. */
export function deliveries(random: Seeded, rates: FaultRates, weather: Weather): DeliveryInterceptor {
  const last = new Map<string, number>();
  const echoes = random.fork('echo');
  const plan = ({ from, to }: Pick<Delivery, 'from' | 'to'>): readonly number[] => {
    const pair = `${from}>${to}`;
    const now = weather.elapsed();
    const usual = now + random.between(LATENCY_MS.from, LATENCY_MS.to);
    const at = Math.max(usual, (last.get(pair) ?? 0) + IN_ORDER_MS);
    last.set(pair, at);
    const due = at - now;
    if (!weather.stormy()) return [due];
    if (weather.away.has(from) !== weather.away.has(to) || random.chance(rates.loss)) return [];
    const late = due + random.between(0, rates.maxDelayMs);
    const first = random.chance(rates.delay) ? late : due;
    return random.chance(rates.duplication) ? [first, due + random.between(0, rates.maxDelayMs)] : [first];
  };
  return (delivery) => {
    const times = plan(delivery);
    const isEchoed = times.length > 0 && rates.echo > 0 && weather.stormy() && mayEcho(delivery);
    if (!isEchoed || !echoes.chance(rates.echo)) return times;
    const late = echoes.between(ECHO_MS.from, ECHO_MS.to);
    return echoes.chance(HELD_BACK) ? [late] : [...times, late];
  };
}

/** From soon to long after the next owner has come, ms. */
const ECHO_MS = { from: 500, to: 20_000 };

/** Share of echoes without what they are echoes of: it was on its way all the time. */
const HELD_BACK = 0.5;

const mayEcho = ({ subject, isReply }: Delivery): boolean =>
  !isReply && (subject.includes('.ctx.') || subject.includes('.bar.'));

/** Latest acknowledgement, ms after the record was stored: longer than a node's lease. */
const LATE_ACK_MS = 4_000;

/** A journal's append takes some ms; while it storms its request or its answer may be lost, or its answer come late. */
export function appends(random: Seeded, rates: FaultRates, weather: Weather): AppendInterceptor {
  return ({ from }) => {
    const plan = { applyAfterMs: random.between(0.3, 2), answerAfterMs: random.between(0.3, 2) };
    if (!weather.stormy()) return plan;
    if (weather.isFull || weather.away.has(from)) return { ...plan, lose: 'request' };
    if (random.chance(rates.storage)) return { ...plan, lose: random.chance(0.5) ? 'request' : 'answer' };
    return random.chance(rates.lateAcks) ? { ...plan, answerAfterMs: random.between(0, LATE_ACK_MS) } : plan;
  };
}
