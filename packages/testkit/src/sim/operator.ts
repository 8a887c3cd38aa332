/**
 * People who operate a run while it goes on: one pauses it and lets it go on, two answer its approval at about the same time, one
 * gives its signal; others look at it; at times that follow from the seed.
 */
import type { Client } from '@tutti/client';
import { TuttiError } from '@tutti/contracts';
import type { Seeded } from './random.ts';
import type { VirtualTime } from './time.ts';
import { APPROVAL, SIGNAL } from './workflows.ts';

/** Share of runs that are paused, and how often at the most. */
const PAUSED_RUNS = 0.3;
const MOST_PAUSES = 3;
/** From the start, or the last pause, to the next one; and how long one lasts, ms. */
const GOES_MS = { from: 0, to: 4_000 };
const PAUSED_MS = { from: 50, to: 6_000 };
/** Before an order that got no answer is given again, ms. */
const AGAIN_MS = 500;

interface Operated {
  readonly client: Pick<Client, 'pause' | 'resume' | 'approve' | 'signal' | 'retry' | 'status'>;
  readonly time: VirtualTime;
  readonly run: string;
  /** Called with what did not work; the order is given again. */
  note(text: string): void;
}

/** Everything that is done to a run; resolves when nothing more is, or the run has ended. */
export async function operate(operated: Operated, random: Seeded): Promise<void> {
  await Promise.all([
    pauses(operated, random.fork('pauses')),
    ...['ann', 'ben'].map((by) => answers(operated, by, random.fork(`answers/${by}`))),
    signals(operated, random.fork('signals')),
    looks(operated, random.fork('looks')),
  ]);
}

/** How often somebody looks how a run stands, and from one look to the next, ms. What is not answered was looked at in vain. */
const LOOKS = 8;
const LOOKS_MS = { from: 0, to: 3_000 };

async function looks({ client, run, time }: Operated, random: Seeded): Promise<void> {
  for (let left = LOOKS; left > 0; left--) {
    await time.sleep(random.between(LOOKS_MS.from, LOOKS_MS.to));
    await client.status(run).catch(() => undefined);
  }
}

/** Share of runs in which somebody answers at all, and when he begins to try. */
const ANSWERED = 0.7;
const ANSWERS_MS = { from: 0, to: 6_000 };

async function answers(operated: Operated, by: string, random: Seeded): Promise<void> {
  const { client, run, time } = operated;
  const isAsked = random.chance(ANSWERED);
  const approved = random.chance(0.5);
  await time.sleep(random.between(ANSWERS_MS.from, ANSWERS_MS.to));
  if (isAsked) await given(operated, `answer of ${by}`, () => client.approve(run, { step: APPROVAL, approved, by }));
}

async function signals(operated: Operated, random: Seeded): Promise<void> {
  const { client, run, time } = operated;
  if (!random.chance(ANSWERED)) return;
  await time.sleep(random.between(ANSWERS_MS.from, ANSWERS_MS.to));
  const order = () => client.signal(run, { name: SIGNAL, by: 'ci', data: run });
  // A run none of whose steps waits for it never will.
  await given(operated, 'signal', order, 'not_waiting');
}

/** Resolves when nothing more is done, or the run has ended. A pause is always followed by going on. */
async function pauses(operated: Operated, random: Seeded): Promise<void> {
  const { client, time, run } = operated;
  if (!random.chance(PAUSED_RUNS)) return;
  for (let left = 1 + random.int(MOST_PAUSES); left > 0; left--) {
    await time.sleep(random.between(GOES_MS.from, GOES_MS.to));
    if (!(await given(operated, 'pause', () => client.pause(run, 'operator')))) return;
    await time.sleep(random.between(PAUSED_MS.from, PAUSED_MS.to));
    if (!(await given(operated, 'resume', () => client.resume(run, 'operator')))) return;
  }
}

/** Answers after which an order is not given again: the run is over, has no such step, or somebody else was first. */
const OVER: ReadonlySet<string> = new Set(['run_finished', 'unknown_step', 'already_answered', 'nothing_to_retry']);

/** Gives an order until it is answered; false once the run takes none. */
async function given(
  { time, run, note }: Operated,
  what: string,
  order: () => Promise<unknown>,
  last?: string,
): Promise<boolean> {
  for (;;) {
    try {
      await order();
      return true;
    } catch (error) {
      const { code } = TuttiError.from(error);
      if (OVER.has(code) || code === last) return false;
      note(`${what} of ${run} failed: ${String(error)}`);
      await time.sleep(AGAIN_MS);
    }
  }
}

/** Share of runs that somebody retries after they ended without success, and from some step rather than all that failed. */
const RETRIED = 0.5;
const FROM_A_STEP = 0.4;

/** Lets a run go on that has ended; false when nobody wants that, or it succeeded. */
export async function retried(operated: Operated, steps: readonly string[], random: Seeded): Promise<boolean> {
  const { client, run } = operated;
  if (!random.chance(RETRIED)) return false;
  const from = random.chance(FROM_A_STEP) ? { from: random.pick(steps) } : {};
  // A run that is active has taken the order before, though its answer was lost.
  const taken = (error: unknown): void => {
    if (TuttiError.from(error).code !== 'run_active') throw error;
  };
  const order = async () => client.retry(run, { by: 'operator', ...from }).catch(taken);
  return given(operated, 'retry', order);
}
