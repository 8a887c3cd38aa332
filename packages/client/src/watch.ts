/**
 * Watching a run: live events from a plain subscription, gaps filled from the run's journal by sequence.
 *
 * Recorded events come in order, without a gap or a repetition, from the sequence asked for until `run.finished`; a
 * retry that the journal has after it goes on. An event
 * that cannot be given yet waits at the head of the inbox until the journal has filled the gap before it; what came behind
 * it waits too. Events that are not recorded (progress) come between the recorded ones that they came between.
 */
import { FLEETING, type TuttiEvent } from '@tutti/contracts';
import { type CallPorts, call } from './call.ts';
import { Cursor } from './cursor.ts';
import { Inbox } from './inbox.ts';

/** Silence after which the journal is asked whether something was missed, ms. */
export const RECHECK_MS = 2_000;
/** First pause before the journal is asked again for what it lacked, ms; it doubles up to `RECHECK_MS`. */
export const BEHIND_MS = 50;
const PAGE = 1_000;

export async function* watchRun(
  ports: CallPorts,
  run: string,
  fromSeq: number,
  signal?: AbortSignal,
): AsyncGenerator<TuttiEvent, void> {
  const inbox = new Inbox(ports, run, signal);
  const cursor = new Cursor(Math.max(1, fromSeq));
  let behindMs = BEHIND_MS;
  try {
    await ports.bus.flush();
    while (!cursor.ended && signal?.aborted !== true) {
      const { head } = inbox;
      for (const event of await missed(ports, run, cursor)) if (cursor.take(event)) yield event;
      if (head !== undefined && FLEETING.has(head.type)) {
        // The journal was asked for what came before it; nothing more is to be waited for.
        inbox.take();
        if (cursor.isFresh(head)) yield head;
      } else if (head !== undefined && !cursor.ended && cursor.needsJournal(head)) {
        await inbox.rest(behindMs);
        behindMs = Math.min(RECHECK_MS, behindMs * 2);
        continue;
      }
      behindMs = BEHIND_MS;
      yield* liveUntilGap(inbox, cursor);
    }
  } finally {
    inbox.close();
  }
}

/** What the journal holds beyond the cursor; all of it when numbers may have been given again. */
async function missed(ports: CallPorts, run: string, cursor: Cursor): Promise<readonly TuttiEvent[]> {
  if (!cursor.suspects) {
    // One more than is missing: it shows whether the numbers are still those of the events that were given.
    const events = await recorded(ports, run, Math.max(cursor.first, cursor.next - 1));
    if (events[0] === undefined || !cursor.needsJournal(events[0])) return events;
  }
  const events = await recorded(ports, run, cursor.first);
  cursor.compare(events);
  return events;
}

/** Live events as long as no sequence is missing and none was given to two events; the one that shows it stays. */
async function* liveUntilGap(inbox: Inbox, cursor: Cursor): AsyncGenerator<TuttiEvent, void> {
  while (!cursor.ended && !cursor.suspects) {
    const event = await inbox.wait(RECHECK_MS);
    if (event === undefined || cursor.needsJournal(event)) return;
    inbox.take();
    if (FLEETING.has(event.type) ? cursor.isFresh(event) : cursor.take(event)) yield event;
  }
}

/** The recorded events of a run from a sequence, all pages. */
export async function recorded(ports: CallPorts, run: string, from: number): Promise<readonly TuttiEvent[]> {
  const out: TuttiEvent[] = [];
  for (let fromSeq = from; ; ) {
    const page = await call(ports, { type: 'run.events', run, fromSeq, limit: PAGE }, 'run.recorded');
    out.push(...page.events.filter((e) => !FLEETING.has(e.type)));
    if (page.complete || page.events.length === 0) return out;
    fromSeq = (page.events.at(-1)?.seq ?? fromSeq) + 1;
  }
}
