/**
 * Takes up the runs of a shard that came to this node. An accepted run must go on even if nobody ever asks for it, so
 * what fails is tried again for as long as this node owns the shard.
 */
import { TuttiError } from '@tutti/contracts';
import type { ActorHost, KernelPorts } from '@tutti/kernel';

/** Pause before what failed is tried again, ms. */
export const RECOVER_AGAIN_MS = 1_000;

type Ports = Pick<KernelPorts, 'bus' | 'clock' | 'log'>;

export function recoverShard(
  ports: Ports,
  workflows: Pick<ActorHost, 'ensure'>,
  shard: number,
  isOwned: () => boolean,
): void {
  const again = (error: unknown): void => {
    ports.log.warn({ shard, err: error }, 'runs of a shard could not be taken up; this is tried again');
    ports.clock.after(RECOVER_AGAIN_MS, run, true);
  };
  const run = (): void => {
    if (isOwned()) recoverAll(ports, workflows, shard, isOwned).then(undefined, again);
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
  for (const key of await bus.logs.keys(`wf.${shard}.*`)) {
    const run = key.split('.')[2] ?? '';
    if (!isOwned()) return;
    try {
      await workflows.ensure({ run, shard: String(shard) });
    } catch (error) {
      const known = TuttiError.from(error);
      if (known.retryable) failed ??= known;
      else log.error({ shard, run, err: error }, 'a run could not be taken up; the others of its shard go on');
    }
  }
  if (failed !== undefined) throw failed;
}
