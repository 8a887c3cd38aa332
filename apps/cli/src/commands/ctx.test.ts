import { expect, it } from 'vitest';
import { pointerOf } from './ctx.ts';

it.each([
  ['', ''],
  ['/pm/user_stories', '/pm/user_stories'],
  ['pm.user_stories', '/pm/user_stories'],
  ['/a.b/c', '/a.b/c'],
])('%j names %j', (written, path) => expect(pointerOf(written)).toBe(path));

it.each(['pm..stories', '/a~5', '/__proto__', '.'])('%j names nothing, and is refused', (written) =>
  expect(() => pointerOf(written)).toThrow(/names nothing in a context/),
);
