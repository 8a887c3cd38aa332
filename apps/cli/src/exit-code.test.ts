import { ERRORS, runOutcome } from '@tutti/contracts';
import { expect, it } from 'vitest';
import { EXIT, exitCode } from './exit-code.ts';

it('every outcome of the contract has its own promise of an exit code', () => {
  const codes = Object.fromEntries(runOutcome.options.map((outcome) => [outcome, exitCode({ outcome })]));
  expect(codes).toEqual({ succeeded: 0, partial: 3, failed: 1, conflicted: 4, timed_out: 5, cancelled: 130 });
});

it('an outcome of a newer version is a failure, not a success', () => {
  expect(exitCode({ outcome: 'splendid' })).toBe(EXIT.failed);
  expect(exitCode({ outcome: 'constructor' })).toBe(EXIT.failed);
});

it('errors exit by the one table', () => {
  expect(exitCode({ error: 'bad_file' })).toBe(2);
  expect(exitCode({ error: 'broker_unavailable' })).toBe(7);
  // The run goes on without its node: that nobody answers is no failure of it.
  expect(exitCode({ error: 'no_responders' })).toBe(EXIT.noBroker);
  expect(Object.values(ERRORS).every(({ exit }) => exit > 0)).toBe(true);
});
