import { expect, it } from 'vitest';
import { isOlder, MIN_SERVER, MIN_SERVER_REPLICATED } from './version.ts';

it.each([
  ['2.9.9', MIN_SERVER, true],
  ['2.9.10', MIN_SERVER, false],
  ['2.10.0', MIN_SERVER, false],
  ['2.9.20', MIN_SERVER_REPLICATED, true],
  ['2.9.21', MIN_SERVER_REPLICATED, false],
  ['2.15.1-beta.2', MIN_SERVER_REPLICATED, false],
  ['1.4.99', MIN_SERVER, true],
  ['3.0', MIN_SERVER, false],
  ['nonsense', MIN_SERVER, true],
])('server %s is older than %s: %s', (version, than, expected) => {
  expect(isOlder(version, than)).toBe(expected);
});
