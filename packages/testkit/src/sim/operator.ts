/** A person who operates a run while it goes on: pauses it and lets it go on, at times that follow from the seed. */
import type { Client } from '@tutti/client';
import { TuttiError } from '@tutti/contracts';
import type { Seeded } from './random.ts';
import type { VirtualTime } from './time.ts';

/** Share of runs that are paused, and how often at the most. */
const PAUSED_RUNS = 0.3;
const MOST_PAUSES = 3;
/** From the start, or the last pause, to the next one; and how long one lasts, ms. */
const GOES_MS = { from: 0, to: 4_000 };
const PAUSED_MS = { from: 50, to: 6_000 };
/** Before an order that got no answer is given again, ms. */
const AGAIN_MS = 500;

interface Operated {
  readonly client: Pick<Client, 'pause' | 'resume'>;
  readonly time: VirtualTime;
  readonly run: string;
  /** Called with what did not work; the order is given again. */
  note(text: string): void;
}

/** Resolves when nothing more is done, or the run has ended. A pause is always followed by going on. */
export async function operate(operated: Operated, random: Seeded): Promise<void> {
  const { client, time, run } = operated;
  if (!random.chance(PAUSED_RUNS)) return;
  for (let left = 1 + random.int(MOST_PAUSES); left > 0; left--) {
    await time.sleep(random.between(GOES_MS.from, GOES_MS.to));
    if (!(await given(operated, 'pause', () => client.pause(run, 'operator')))) return;
    await time.sleep(random.between(PAUSED_MS.from, PAUSED_MS.to));
    if (!(await given(operated, 'resume', () => client.resume(run, 'operator')))) return;
  }
}

/** Gives an order until it is answered; false once the run takes none. */
async function given({ time, run, note }: Operated, what: string, order: () => Promise<unknown>): Promise<boolean> {
  for (;;) {
    try {
      await order();
      return true;
    } catch (error) {
      if (TuttiError.from(error).code === 'run_finished') return false;
      note(`${what} of ${run} failed: ${String(error)}`);
      await time.sleep(AGAIN_MS);
    }
  }
}
