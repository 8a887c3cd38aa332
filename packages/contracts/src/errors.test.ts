import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, TuttiError } from './errors.ts';
import { errorBody } from './messages/shared.ts';

const EXITS = [1, 2, 4, 5, 7, 130];

describe('the table of errors', () => {
  it.each(Object.entries(ERRORS))(
    '%s says what has happened and what to do, and ends with a known exit code',
    (code, row) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(EXITS).toContain(row.exit);
      for (const text of [row.means, row.help]) expect(text).toMatch(/^\S.*\.$/);
      expect(row.help).not.toBe(row.means);
    },
  );
});

describe('an error', () => {
  it('crosses the wire and is the same on the other side', () => {
    const error = new TuttiError('overloaded', 'too much', { retryable: false, details: { limit: 3 } });
    const data = errorBody.parse(JSON.parse(JSON.stringify(error.toData())));
    expect(TuttiError.fromData(data as never).toData()).toEqual(error.toData());
  });
  it('is as retryable as its code unless whoever throws it knows better', () => {
    expect(new TuttiError('overloaded', 'x').retryable).toBe(true);
    expect(new TuttiError('overloaded', 'x', { retryable: false }).retryable).toBe(false);
  });
  it('stays what it is, and anything else thrown becomes its cause', () => {
    const known = new TuttiError('fenced', 'x');
    expect(TuttiError.from(known)).toBe(known);
    const cause = new Error('boom');
    expect(TuttiError.from(cause, 'agent_failed')).toMatchObject({ code: 'agent_failed', message: 'boom', cause });
    expect(TuttiError.from('text').code satisfies ErrorCode).toBe('internal_error');
  });
});
