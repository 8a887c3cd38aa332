import { describe, expect, it } from 'vitest';
import { mayAnswer, open, seal, WIRE_VERSION } from './envelope.ts';
import { TuttiError } from './errors.ts';
import { isMessageType, MESSAGES } from './messages/index.ts';

const message = { type: 'run.cancel', run: 'r1', reason: 'enough' } as const;

const codeOf = (value: unknown): string => {
  try {
    open(value);
  } catch (error) {
    return error instanceof TuttiError ? error.code : String(error);
  }
  return 'opened';
};

describe('an envelope', () => {
  it('gives back what was put in, and who sent it', () => {
    expect(open(seal(message, 'client-1'))).toEqual({ message, from: 'client-1' });
  });
  it('drops keys that the contract does not know: a newer peer may send them', () => {
    const sealed = seal({ ...message, later: true } as never, 'c');
    expect(open(sealed).message).toEqual(message);
  });
  it.each([
    ['nothing', undefined, 'bad_message'],
    ['text', 'run.cancel', 'bad_message'],
    ['another version of the wire', { ...seal(message, 'c'), v: WIRE_VERSION + 1 }, 'bad_message'],
    ['no sender', { ...seal(message, 'c'), from: undefined }, 'bad_message'],
    ['a message that is none', { ...seal(message, 'c'), message: [] }, 'bad_message'],
    ['a body without a required key', seal({ type: 'run.cancel', run: 'r1' } as never, 'c'), 'bad_message'],
    ['an id that is no token', seal({ ...message, run: 'a.b' }, 'c'), 'bad_message'],
    ['a type of nobody', seal({ ...message, type: 'run.explode' } as never, 'c'), 'unknown_type'],
    ["XState's own event", seal({ ...message, type: 'xstate.stop' } as never, 'c'), 'unknown_type'],
    ['a name of every object', seal({ ...message, type: 'toString' } as never, 'c'), 'unknown_type'],
  ])('with %s is refused', (_name, value, code) => expect(codeOf(value)).toBe(code));

  it('says where the body is wrong', () => {
    const sealed = seal({ ...message, reason: 5 } as never, 'c');
    expect(() => open(sealed)).toThrow(/body of run\.cancel .* at \/reason/);
  });
});

describe('the table of messages', () => {
  it('lets a body use no key that the machine puts beside it', () => {
    const taken = Object.entries(MESSAGES).filter(([, { body }]) =>
      ['type', 'at', 'from'].some((key) => Object.hasOwn(body.shape, key)),
    );
    expect(taken.map(([type]) => type)).toEqual([]);
  });
  it('names every message as noun and verb', () => {
    const odd = Object.keys(MESSAGES).filter((type) => !/^[a-z]+\.[a-z]+$/.test(type));
    expect(odd).toEqual(['error']);
  });
  it('knows what may answer: what the row names, and an error always', () => {
    expect(mayAnswer('run.status', 'run.state')).toBe(true);
    expect(mayAnswer('run.status', 'error')).toBe(true);
    expect(mayAnswer('run.status', 'run.listed')).toBe(false);
    expect(isMessageType('hasOwnProperty')).toBe(false);
  });
});
