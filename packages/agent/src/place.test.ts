import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { placeOf } from './place.ts';

const thrown = (...frames: readonly string[]): Error =>
  Object.assign(new Error('boom'), { stack: ['Error: boom', ...frames.map((frame) => `    at ${frame}`)].join('\n') });

it.each([
  [['run (/home/me/agents.ts:3:7)', 'x (/home/me/other.ts:1:1)'], '/home/me/agents.ts:3:7'],
  [['file:///home/me/agents.ts:4:9'], '/home/me/agents.ts:4:9'],
  [['async Object.run (file:///home/me/my%20agents.ts:4:9)'], '/home/me/my agents.ts:4:9'],
  [['node:internal/x:1:1', 'z (/t/node_modules/zod/index.js:2:2)', 'f (/home/me/a.js:5:1)'], '/home/me/a.js:5:1'],
  [
    [
      `x (${fileURLToPath(new URL('execute.ts', import.meta.url))}:42:7)`,
      'Timeout._onTimeout (node:internal/timers:5:5)',
    ],
    undefined,
  ],
  [['f (/home/me/packages/mine/src/agents.ts:5:1)'], '/home/me/packages/mine/src/agents.ts:5:1'],
  [[], undefined],
])('the place of an error is the first frame that is an author’s: %j', (frames, place) => {
  expect(placeOf(thrown(...frames))).toBe(place);
});

it.each([
  ['a place in its message', 'bad config (/data/x.yaml:3:5)'],
  ['an address that is no file of this machine', 'cannot read (file://srv/share/x.json:1:2)'],
  ['lines that look like frames', 'boom\n    at f (/data/x.ts:3:5)'],
])('an error with %s has the place where it was thrown', (_, message) => {
  const error = new Error(message);
  error.stack = `Error: ${message}\n    at run (/home/me/agents.ts:3:7)`;
  expect(placeOf(error)).toBe('/home/me/agents.ts:3:7');
  error.stack = `Error: other\n    at x (file://srv/share/x.json:1:2)`;
  expect(placeOf(error)).toBeUndefined();
});

it('a message of any length costs no more than its beginning', () => {
  const error = new Error('boom');
  error.stack = `Error: other\n${'    at f (/home/me/a.ts:1:1'.repeat(200_000)}`;
  expect(placeOf(error)).toBeUndefined();
});

it('what is no error has no place', () => {
  expect(placeOf('text')).toBeUndefined();
  expect(placeOf(undefined)).toBeUndefined();
});
