/** Listens to the nodes' heartbeats for a moment, to compare their clocks with ours. */
import { type Bus, decode } from '@tutti/bus';
import { createSubjects, HEADERS, open } from '@tutti/contracts';
import type { Io } from '../io.ts';

/** Heartbeats come once a second, give or take a fifth. */
const LISTEN_MS = 1_500;

/** Skew by node: what its beat says less what our clock says, in ms. The time on the way is not known and left in. */
export async function hearBeats(io: Io, bus: Bus, prefix: string): Promise<ReadonlyMap<string, number>> {
  const skews = new Map<string, number>();
  const subject = createSubjects(prefix).of('nodeBeat', { node: '*' });
  const subscription = bus.subscribe(subject, ({ data, headers }) => {
    try {
      const { message } = open(decode(data, headers[HEADERS.contentType]));
      if (message.type === 'node.beat') skews.set(message.node, message.atMs - io.now());
    } catch {
      // What cannot be read tells nothing about clocks; a version that differs is another check's finding.
    }
  });
  await new Promise<void>((resolve) => void io.after(LISTEN_MS, resolve));
  subscription.unsubscribe();
  return skews;
}
