/**
 * Finds the run that breaks whoever takes it up. Before the runs of a shard are taken up after an owner that died, a mark in
 * the broker names them; it is dropped when they have been here for a while. A mark that is still there says which runs an
 * owner died over. These are taken up last and in ever smaller groups, so that the next death says more, and the one that
 * broke three owners, the last time alone, lies aside: it must not keep all others of its shard from going on. Since owners
 * die of other things too, it is tried again by itself, alone and ever less often.
 */
import { decode, encode } from '@tutti/bus';
import { TuttiError } from '@tutti/contracts';
import { type KernelPorts, tagged, untagged } from '@tutti/kernel';
import { z } from 'zod';

/** Owners that a run may break. */
export const MAX_DEATHS = 3;
/** How long a run lies aside before it is tried again, ms; twice as long after each further death, to the longest. */
export const ASIDE_MS = 30_000;
export const LONGEST_ASIDE_MS = 3_600_000;
/** How long a group is watched before the next one is taken up, and before it is no longer marked, ms. */
export const SETTLE_MS = 1_000;
/** A group is so much smaller than the one in which an owner died. */
const SHARE = 4;

/** `by`: the process that tries the run. One that lost the shard and has it again has not died. */
const entrySchema = z.object({
  deaths: z.number(),
  isTried: z.boolean(),
  isAlone: z.boolean(),
  by: z.string().optional(),
});
const markSchema = z.record(z.string(), entrySchema);
type Mark = z.infer<typeof markSchema>;

/** A group of runs to be taken up together. */
export type Round = readonly string[];

export interface Guilty {
  readonly run: string;
  readonly deaths: number;
}

type Ports = Pick<KernelPorts, 'bus' | 'ids'>;

const keyOf = (shard: number): string => `tak.${shard}.0`;

/** The suspects of one shard, for as long as this process owns it. One work at a time speaks of them in the broker. */
export class Suspects {
  readonly #ports: Ports;
  readonly #shard: number;
  readonly #process: string;
  /** Owners that died over a run, of every run that is not cleared yet. */
  readonly #deaths = new Map<string, number>();
  #seq: number | undefined;
  #hasRead = false;
  /** Of the last mark that this owner appended. */
  #id: string | undefined;
  #work: Promise<unknown> = Promise.resolve();

  /** @param process names this life of this process */
  constructor(ports: Ports, shard: number, process: string) {
    this.#ports = ports;
    this.#shard = shard;
    this.#process = process;
  }

  /** Does this work after all that was asked for before it. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  /** In which rounds these runs are to be taken up, and which are not to be. Only the first time owners of before count. */
  async sort(
    runs: readonly string[],
  ): Promise<{ readonly rounds: readonly Round[]; readonly guilty: readonly Guilty[] }> {
    // What this owner has written since blames nobody, whether it was told that it is stored or not.
    const before = this.#hasRead ? {} : await this.#read();
    this.#hasRead = true;
    const guilty: Guilty[] = [];
    for (const run of runs) {
      const deaths = this.#deathsOf(before[run]);
      if (before[run]?.isAlone === true && deaths >= MAX_DEATHS) guilty.push({ run, deaths });
      else if (deaths > 0) this.#deaths.set(run, deaths);
    }
    const left = runs.filter((run) => !guilty.some((each) => each.run === run));
    return { rounds: roundsOf(left, this.#deaths), guilty };
  }

  /** A run that lay aside after so many deaths is to be tried again. */
  blame({ run, deaths }: Guilty): void {
    this.#deaths.set(run, deaths);
  }

  /** Says in the broker what is taken up now, beside all that is suspected. */
  async mark(round: Round): Promise<void> {
    if (this.#seq === undefined) await this.#read();
    const mark: Mark = {};
    for (const [run, deaths] of this.#deaths) mark[run] = { deaths, isTried: false, isAlone: false };
    for (const run of round)
      mark[run] = { deaths: this.#deaths.get(run) ?? 0, isTried: true, isAlone: round.length === 1, by: this.#process };
    this.#id = this.#ports.ids.next();
    const options = { expect: this.#seq ?? 0, id: this.#id };
    try {
      this.#seq = await this.#ports.bus.logs.append(keyOf(this.#shard), tagged(encode(mark)), options);
    } catch (error) {
      // An answer that was lost, or another owner: whoever still owns the shard tries again from what there is.
      this.#seq = undefined;
      if (TuttiError.from(error).code !== 'fenced') throw error;
      throw new TuttiError('revision_conflict', `The marks of shard ${this.#shard} have changed`, { cause: error });
    }
  }

  /** They have been here for a while: none of them is to blame. */
  async cleared(round: Round): Promise<void> {
    for (const run of round) this.#deaths.delete(run);
    if (this.#deaths.size > 0) return this.mark([]);
    await this.#drop();
  }

  /** Drops the marks up to the last one of this owner: one that came after it is of another, who may still die over it. */
  async #drop(): Promise<void> {
    const { logs } = this.#ports.bus;
    const last = await logs.last(keyOf(this.#shard));
    const isOwn = last?.id === this.#id;
    if (last !== undefined && isOwn) await logs.purge(keyOf(this.#shard), last.seq + 1);
    this.#seq = last === undefined || isOwn ? 0 : undefined;
  }

  #deathsOf(entry: Mark[string] | undefined): number {
    if (entry === undefined) return 0;
    return entry.deaths + (entry.isTried && entry.by !== this.#process ? 1 : 0);
  }

  async #read(): Promise<Mark> {
    const last = await this.#ports.bus.logs.last(keyOf(this.#shard));
    this.#seq = last?.seq ?? 0;
    const body = last === undefined ? undefined : untagged(last.data);
    if (body === undefined) return {};
    // A mark that cannot be read blames nobody.
    return markSchema.safeParse(decode(body.data, body.contentType)).data ?? {};
  }
}

/** First all over whom nobody died, then the others, the less suspect ones first. */
function roundsOf(runs: readonly string[], deaths: ReadonlyMap<string, number>): Round[] {
  const byDeaths = new Map<number, string[]>();
  for (const run of runs) {
    const count = deaths.get(run) ?? 0;
    byDeaths.set(count, [...(byDeaths.get(count) ?? []), run]);
  }
  return [...byDeaths]
    .sort(([a], [b]) => a - b)
    .flatMap(([count, group]) => chunks(group, Math.max(1, Math.floor(group.length / SHARE ** count))));
}

const chunks = (runs: readonly string[], size: number): Round[] =>
  Array.from({ length: Math.ceil(runs.length / size) }, (_, i) => runs.slice(i * size, (i + 1) * size));

/** Why a run lies aside that broke its owners. */
export const deadly = ({ run, deaths }: Guilty): TuttiError =>
  new TuttiError('run_set_aside', `${deaths} processes died when they took up the run ${run}, the last time alone`, {
    details: { deaths },
  });

/** Over how many owners a run lies aside, by what its loading was refused with; undefined for another reason. */
export function deathsIn({ details }: TuttiError): number | undefined {
  const reason = z.object({ reason: z.object({ details: z.object({ deaths: z.number() }) }) }).safeParse(details);
  return reason.data?.reason.details.deaths;
}

export const pauseAfter = ({ deaths }: Guilty): number =>
  Math.min(LONGEST_ASIDE_MS, ASIDE_MS * 2 ** Math.max(0, deaths - MAX_DEATHS));
