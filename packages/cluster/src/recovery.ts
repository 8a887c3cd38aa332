/**
 * Takes up the runs of a shard that came to this node. An accepted run must go on even if nobody ever asks for it, so
 * what fails is tried again for as long as this node owns the shard. Runs that have ended are known by their last record:
 * only the newest are loaded, for whoever lists runs; the others when somebody asks for them.
 */
import { TuttiError } from '@tutti/contracts';
import { type ActorHost, type KernelPorts, parseRecord } from '@tutti/kernel';
import { inParallel } from './in-parallel.ts';

/** Pause before what failed is tried again, ms. */
export const RECOVER_AGAIN_MS = 1_000;
/** Runs of one shard read at a time: reading waits for the broker, and all shards may come at once. */
export const RECOVER_AT_ONCE = 8;
/** Ended runs of a shard that are loaded: 64 shards fill the 256 places that a host has for them. */
export const ENDED_LOADED = 4;

type Ports = Pick<KernelPorts, 'bus' | 'clock' | 'log'>;

/** `done` is called once, when every run of the shard that goes on is here and the shard still is. */
export function recoverShard(
  ports: Ports,
  workflows: Pick<ActorHost, 'ensure'>,
  shard: number,
  isOwned: () => boolean,
  done: () => void = () => undefined,
): void {
  const again = (error: unknown): void => {
    ports.log.warn({ shard, err: error }, 'runs of a shard could not be taken up; this is tried again');
    ports.clock.after(RECOVER_AGAIN_MS, run, true);
  };
  const run = (): void => {
    if (!isOwned()) return;
    recoverAll(ports, workflows, shard, isOwned).then(() => (isOwned() ? done() : undefined), again);
  };
  run();
}

/** Rejects with the first error that another try may cure; what no try can cure keeps no other run back. */
async function recoverAll(
  { bus, log }: Ports,
  workflows: Pick<ActorHost, 'ensure'>,
  shard: number,
  isOwned: () => boolean,
): Promise<void> {
  let failed: TuttiError | undefined;
  const guarded = async (key: string, work: (run: string) => Promise<unknown>): Promise<void> => {
    const run = key.split('.')[2] ?? '';
    if (!isOwned()) return;
    try {
      await work(run);
    } catch (error) {
      const known = TuttiError.from(error);
      if (known.retryable) failed ??= known;
      else log.error({ shard, run, err: error }, 'a run could not be taken up; the others of its shard go on');
    }
  };
  const load = (run: string): Promise<unknown> => workflows.ensure({ run, shard: String(shard) });
  const ended: { readonly key: string; readonly time: number }[] = [];
  await inParallel(RECOVER_AT_ONCE, await bus.logs.keys(`wf.${shard}.*`), (key) =>
    guarded(key, async (run) => {
      const time = await endOf(bus, key);
      if (time === undefined) await load(run);
      else ended.push({ key, time });
    }),
  );
  const newest = ended.sort((a, b) => b.time - a.time).slice(0, ENDED_LOADED);
  await inParallel(RECOVER_AT_ONCE, newest, ({ key }) => guarded(key, load));
  if (failed !== undefined) throw failed;
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
