import { expect, it } from 'vitest';
import { Part } from './parts/process.ts';

/** A process that says that it is ready, and then waits. */
const READY = `console.log('{"type":"ready"}'); setInterval(() => {}, 1000);`;
const part = (): Part =>
  new Part({ name: 'p', command: [process.execPath, '-e', READY], env: {}, onLog: () => undefined });

it('two faults that heal at once start one process, and a third start finds it there', async () => {
  const one = part();
  await Promise.all([one.start(), one.start()]);
  await one.start();
  expect(one.pids).toHaveLength(1);
  await one.kill();
});

it('a start during the end waits for it, and calls nothing a fall', async () => {
  const one = part();
  await one.start();
  await Promise.all([one.kill(), one.start()]);
  expect([one.pids.length, one.falls]).toEqual([2, []]);
  await one.kill();
  expect(one.falls).toEqual([]);
});
