import { expect, it } from 'vitest';
import { Mailbox } from './mailbox.ts';
import type { BusStatus, Message } from './port.ts';

const message = (subject: string): Message => ({
  subject,
  data: new Uint8Array(0),
  headers: {},
  respond: () => undefined,
});

function scene(maxPending: number) {
  const handled: string[] = [];
  const reports: BusStatus[] = [];
  let release: () => void = () => undefined;
  const mailbox = new Mailbox({
    subject: 's',
    maxPending,
    report: (status) => reports.push(status),
    handler: ({ subject }) => {
      handled.push(subject);
      return new Promise((resolve) => {
        release = resolve;
      });
    },
  });
  const next = async () => {
    release();
    await Promise.resolve();
  };
  return { mailbox, handled, reports, next };
}

it('takes up the next message only after the promise of the last has settled', async () => {
  const { mailbox, handled, next } = scene(10);
  for (const subject of ['a', 'b', 'c']) mailbox.push(message(subject));
  expect(handled).toEqual(['a']);
  await next();
  expect(handled).toEqual(['a', 'b']);
});

it('reports drops at each doubling, so that a flood does not flood the reports too', () => {
  const { mailbox, reports } = scene(0);
  for (let n = 0; n < 101; n += 1) mailbox.push(message(String(n)));
  expect(reports.map((report) => (report.type === 'slow_consumer' ? report.dropped : report.type))).toEqual([
    1, 2, 4, 8, 16, 32, 64,
  ]);
});

it('is idle at once when stopped, and handles nothing more', async () => {
  const { mailbox, handled, next } = scene(10);
  for (const subject of ['a', 'b']) mailbox.push(message(subject));
  const idle = mailbox.whenIdle();
  mailbox.stop();
  await idle;
  await next();
  mailbox.push(message('c'));
  expect(handled).toEqual(['a']);
});
