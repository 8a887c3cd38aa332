/** An actor that is to be let go comes to rest, whatever its writer is at. */
import type { Bus } from '@tutti/bus';
import { expect, it } from 'vitest';
import { createBusJournals } from './journal.ts';
import { EVERY, KEY, process, storage } from './testing/counting.ts';

/** Holds whoever passes while it is closed. */
function gate() {
  let open: () => void = () => undefined;
  let passing = Promise.resolve();
  return {
    close: () => {
      passing = new Promise((resolve) => {
        open = resolve;
      });
    },
    open: () => open(),
    pass: () => passing,
  };
}

/** What memory alone answers has been answered then. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

it('comes to rest although its checkpoint is stored while the end of its log is looked at', async () => {
  const stored = storage();
  const { logs, blobs } = stored.bus;
  const [atBlobs, atLast] = [gate(), gate()];
  const slow: Partial<Bus> = {
    logs: Object.assign(Object.create(logs), { last: (key: string) => atLast.pass().then(() => logs.last(key)) }),
    blobs: Object.assign(Object.create(blobs), {
      put: (data: Uint8Array) => atBlobs.pass().then(() => blobs.put(data)),
    }),
  };
  const owner = process({ ...stored, bus: Object.assign(Object.create(stored.bus) as Bus, slow) }, 1);
  atBlobs.close();
  await owner.count(EVERY);
  atLast.close();
  const checked = owner.host.checkTails();
  const forgotten = owner.host.forget('r');
  atBlobs.open();
  await turn();
  expect(stored.stored.size).toBe(2);
  atLast.open();
  await Promise.all([checked, forgotten]);
  await createBusJournals(stored.bus).purge(KEY);
  expect([...stored.stored]).toEqual([]);
});
