import { expect, it } from 'vitest';
import { executionsOf } from './executions.ts';

const line = (id: string, what: string, at: number, more: object = {}): string =>
  `${JSON.stringify({ what, id, by: 'maker-1', pid: 1, run: 'r', step: 's', attempt: 1, key: 'k', at, ...more })}\n`;

it('reads from a ledger what ended, what was killed, and passes over a line that was never finished', () => {
  const whole = line('a', 'start', 10) + line('b', 'start', 11) + line('a', 'end', 20, { text: 'a text' });
  const [a, b, ...more] = executionsOf(`${whole}${line('b', 'tick', 61)}{"what":"tick","id":"b","at":1`);
  expect(a).toMatchObject({ run: 'r', step: 's', attempt: 1, from: 10, to: 20, last: 'end', text: 'a text' });
  expect(b).toMatchObject({ from: 11, to: 61, last: 'tick' });
  expect(b).not.toHaveProperty('text');
  expect(more).toEqual([]);
});
