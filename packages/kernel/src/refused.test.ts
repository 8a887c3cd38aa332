/** A message that was refused and comes again under its id, as a letter does that is sent again. */
import { type Bus, decode, encode } from '@tutti/bus';
import { HEADERS, type MessageOf, open, seal } from '@tutti/contracts';
import { expect, it } from 'vitest';
import { decided } from './stepper.ts';
import { machine, process, storage } from './testing/counting.ts';

/** Sends one message, always the same; what the answer says. */
async function sendAgain(bus: Bus): Promise<string> {
  const { data, contentType } = encode(seal({ type: 'run.cancel', run: 'r', reason: 'x' }, 'peer'));
  const headers = { [HEADERS.id]: 'again-letter-1', [HEADERS.contentType]: contentType };
  const answer = await bus.request('tutti.wf.1.r', data, { timeoutMs: 1_000, headers });
  return (open(decode(answer.data)).message as MessageOf<'error'>).error.message;
}

it('is tried again after its step failed, and answered as before once it was done', async () => {
  const stored = storage();
  const state = { isBroken: true };
  const reply = {
    type: 'reply',
    params: { message: { type: 'error', error: { code: 'overloaded', message: 'done', retryable: false } } },
  };
  const count = decided(({ n }: { n: number }) => {
    if (state.isBroken) throw new Error('not now');
    return { next: { n: n + 1 }, effects: [reply] as never };
  });
  const owner = process(stored, 1, { machine: machine.provide({ actions: { count: count as never } }) });
  expect(await sendAgain(stored.bus)).toMatch(/failed: .*not now/);
  state.isBroken = false;
  expect(await sendAgain(stored.bus)).toBe('done');
  expect(await sendAgain(stored.bus)).toBe('done');
  expect(await owner.value()).toEqual({ n: 1 });
});

it('is tried again after its actor stopped before it was in the log', async () => {
  const stored = storage();
  const { logs } = stored.bus;
  const begun = new Promise<Bus['logs']>((resolve) => {
    const append = (): Promise<number> => {
      resolve(logs);
      return new Promise(() => undefined);
    };
    Object.assign(stored.bus, { logs: Object.assign(Object.create(logs), { append }) });
  });
  const owner = process(stored, 1);
  const first = sendAgain(stored.bus);
  Object.assign(stored.bus, { logs: await begun });
  owner.host.drop('r');
  expect(await first).toMatch(/stopped here/);
  expect(await sendAgain(stored.bus)).toBe('counted 1');
});
