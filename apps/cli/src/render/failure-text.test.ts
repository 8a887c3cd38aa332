import { expect, it } from 'vitest';
import { failureText } from './event-line.ts';

it('says where in the author’s files an error was thrown, once', () => {
  const error = { code: 'agent_failed', message: 'no such thing', retryable: true } as const;
  expect(failureText(error)).toBe('no such thing (agent_failed)');
  expect(failureText({ ...error, details: { place: '/a/b.ts:1:2' } })).toBe(
    'no such thing (agent_failed, at /a/b.ts:1:2)',
  );
  const told = { ...error, message: 'at /a/b.ts:1:2: no such thing', details: { place: '/a/b.ts:1:2' } };
  expect(failureText(told)).toBe('at /a/b.ts:1:2: no such thing (agent_failed)');
});
