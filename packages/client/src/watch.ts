/**
 * Watching a run: live events from a plain subscription, gaps filled from the run's journal by sequence.
 *
 * Recorded events come in order, without a gap or a repetition, from the sequence asked for until `run.finished`; a
 * retry or a decided conflict that the journal has after it goes on. A watch that asks for more than a run that is over has gets its end. An event
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
  const events = (await news(ports, run, cursor)) ?? (await compared(ports, run, cursor));
  cursor.endAt(events.at(-1));
  return events;
}

/** What comes after the cursor; undefined when its numbers are not known to be those of the events that were given. */
async function news(ports: CallPorts, run: string, cursor: Cursor): Promise<readonly TuttiEvent[] | undefined> {
  if (cursor.suspects) return undefined;
  // One more than is missing, to compare. Nothing at all: what was given last is not written yet, or died with its owner.
  const events = await recorded(ports, run, Math.max(1, cursor.next - 1));
  const isKnown = events[0] === undefined ? cursor.next === 1 : !cursor.needsJournal(events[0]);
  return isKnown ? events : undefined;
}

/** The events from the first one wanted; of a journal that ends before it, all of them. */
async function compared(ports: CallPorts, run: string, cursor: Cursor): Promise<readonly TuttiEvent[]> {
  let events = await recorded(ports, run, cursor.first);
  if (events.length === 0 && cursor.first > 1) events = await recorded(ports, run, 1);
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
