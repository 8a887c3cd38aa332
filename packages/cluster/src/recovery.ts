/**
 * Takes up the runs of a shard that came to this node. An accepted run must go on even if nobody ever asks for it, so
 * what fails is tried again for as long as this node owns the shard. Runs that have ended are known by their last record:
 * only the newest are loaded, for whoever lists runs; the others when somebody asks for them.
 */
import { TuttiError } from '@tutti/contracts';
import { type ActorHost, type KernelPorts, parseRecord } from '@tutti/kernel';
import { inParallel } from './in-parallel.ts';
import { deadly, deathsIn, dropMark, pauseAfter, type Round, SETTLE_MS, Suspects } from './suspects.ts';

/** Pause before what failed is tried again, ms. */
export const RECOVER_AGAIN_MS = 1_000;
/** Runs of one shard read at a time: reading waits for the broker, and all shards may come at once. */
export const RECOVER_AT_ONCE = 8;
/** Ended runs of a shard that are loaded: 64 shards fill the 256 places that a host has for them. */
export const ENDED_LOADED = 4;

type Ports = Pick<KernelPorts, 'bus' | 'clock' | 'ids' | 'log'>;

export interface Recovery {
  readonly shard: number;
  readonly workflows: Pick<ActorHost, 'ensure'>;
  /** Whether the owner before gave the shard back. One that died may have died over a run. */
  readonly isClean: boolean;
  isOwned(): boolean;
  /** Called once, when every run of the shard that goes on is here and the shard still is. */
  done(): void;
  /** Keeps aside a run that must not be taken up, and lets it be taken up again. */
  setAside(run: string, error: TuttiError): void;
  release(run: string): Promise<void>;
  /** Told of every run that has ended, and when, ms since 1970. */
  ended?(run: string, atMs: number): void;
}

export function recoverShard(ports: Ports, recovery: Recovery): void {
  const { shard, isOwned, done } = recovery;
  // Made once: the mark that a try left here blames nobody.
  let suspects = recovery.isClean ? undefined : new Suspects(ports, shard);
  const again = (error: unknown): void => {
    ports.log.warn({ shard, err: error }, 'runs of a shard could not be taken up; this is tried again');
    ports.clock.after(RECOVER_AGAIN_MS, run, true);
  };
  const finished = (): void => {
    if (!isOwned()) return;
    done();
    if (!recovery.isClean) dropLater(ports, recovery);
  };
  const run = (): void => {
    if (!isOwned()) return;
    recoverAll(ports, recovery, suspects).then(finished, again);
    suspects = undefined;
  };
  run();
}

/** Rejects with the first error that another try may cure; what no try can cure keeps no other run back. */
async function recoverAll(ports: Ports, recovery: Recovery, suspects: Suspects | undefined): Promise<void> {
  const { living, ended } = await look(ports, recovery);
  for (const { run, time } of ended) recovery.ended?.(run, time);
  const loader = new Loader(ports, recovery);
  if (suspects === undefined || living.length === 0) await loader.load(living);
  else await loadSuspiciously(ports, recovery, suspects, living, loader);
  await loader.load(
    ended
      .sort((a, b) => b.time - a.time)
      .map(({ run }) => run)
      .slice(0, ENDED_LOADED),
  );
  if (loader.failed !== undefined) throw loader.failed;
}

interface Found {
  readonly living: string[];
  readonly ended: { readonly run: string; readonly time: number }[];
}

async function look({ bus }: Ports, { shard, isOwned }: Recovery): Promise<Found> {
  const found: Found = { living: [], ended: [] };
  await inParallel(RECOVER_AT_ONCE, await bus.logs.keys(`wf.${shard}.*`), async (key) => {
    if (!isOwned()) return;
    const run = key.split('.')[2] ?? '';
    const time = await endOf(bus, key);
    if (time === undefined) found.living.push(run);
    else found.ended.push({ run, time });
  });
  return found;
}

class Loader {
  failed: TuttiError | undefined;
  readonly #ports: Ports;
  readonly #recovery: Recovery;

  constructor(ports: Ports, recovery: Recovery) {
    this.#ports = ports;
    this.#recovery = recovery;
  }

  async load(runs: Round): Promise<void> {
    await inParallel(RECOVER_AT_ONCE, runs, (run) => this.#loadOne(run));
  }

  async #loadOne(run: string): Promise<void> {
    const { shard, workflows, isOwned } = this.#recovery;
    if (!isOwned()) return;
    try {
      await workflows.ensure({ run, shard: String(shard) });
    } catch (error) {
      const known = TuttiError.from(error);
      const deaths = deathsIn(known);
      if (deaths !== undefined) tryLater(this.#ports, this.#recovery, run, deaths);
      if (known.retryable) this.failed ??= known;
      else this.#ports.log.error({ shard, run, err: error }, 'a run was not taken up; the others of its shard go on');
    }
  }
}

/** An owner died: whoever dies next is to leave behind over which runs. */
async function loadSuspiciously(
  ports: Ports,
  recovery: Recovery,
  suspects: Suspects,
  living: Round,
  loader: Loader,
): Promise<void> {
  const { isOwned, setAside } = recovery;
  const { rounds, guilty } = await suspects.sort(living);
  for (const { run, deaths } of guilty) {
    setAside(run, deadly(run, deaths));
    tryLater(ports, recovery, run, deaths);
  }
  for (const [i, round] of rounds.entries()) {
    if (!isOwned()) return;
    await suspects.mark(round);
    await loader.load(round);
    if (i === rounds.length - 1) break;
    await new Promise<void>((resolve) => void ports.clock.after(SETTLE_MS, resolve, true));
    suspects.settled(round);
  }
}

/** A run that broke its owners is tried again by whoever owns it then. A death says that it was the run. */
function tryLater(ports: Ports, recovery: Recovery, run: string, deaths: number): void {
  const { shard, workflows, isOwned, release } = recovery;
  const attempt = async (): Promise<void> => {
    await new Suspects(ports, shard).blame(run, deaths);
    await release(run);
    await workflows.ensure({ run, shard: String(shard) });
    dropLater(ports, recovery);
  };
  const failed = (err: unknown): void => {
    ports.log.warn({ shard, run, err }, 'a run that lay aside was not taken up');
    if (TuttiError.from(err).retryable) tryLater(ports, recovery, run, deaths);
  };
  ports.clock.after(pauseAfter(deaths), () => void (isOwned() ? attempt().catch(failed) : undefined), true);
}

/** What has been here for a while breaks nobody. */
function dropLater(ports: Ports, { shard, isOwned }: Recovery): void {
  const failed = (err: unknown): void => ports.log.warn({ shard, err }, 'the mark of a shard could not be dropped');
  const drop = (): void => void (isOwned() ? dropMark(ports, shard).catch(failed) : undefined);
  ports.clock.after(SETTLE_MS, drop, true);
}

/** When the run ended, ms since 1970; undefined while it goes on, or when its last record cannot be read. */
async function endOf(bus: Ports['bus'], key: string): Promise<number | undefined> {
  const last = await bus.logs.last(key);
  if (last === undefined) return undefined;
  try {
    const { end, time } = parseRecord(key, last.data);
    return end ? time : undefined;
  } catch {
    // Whoever loads the run says what is wrong with its journal.
    return undefined;
  }
}
