import { type AnyMessage, type MessageOf, TuttiError } from '@tutti/contracts';
import type { Actor, Exchange } from '@tutti/kernel';
import { expect, it } from 'vitest';
import { performDecision } from './decisions.ts';

const message: MessageOf<'context.resolve'> = {
  ...{ type: 'context.resolve', run: 'r', ownerEpoch: 1, conflict: '2-1', take: 'kept', by: 'ann', atMs: 1, known: 2 },
};

/** What the run hears, and what whoever gave the order is answered, when the context store answers so. */
function heard(answer: TuttiError) {
  const told: { readonly event: Record<string, unknown>; readonly isAnswered: boolean }[] = [];
  const replies: AnyMessage[] = [];
  const exchange = {
    identity: 'n',
    call: (_to: string, _message: AnyMessage, _ms: number, done: (answer: TuttiError) => void) => done(answer),
  } as unknown as Exchange;
  const actor = {
    receive: (event: never, { reply }: { reply?: unknown }) =>
      void told.push({ event, isAnswered: reply !== undefined }),
  } as unknown as Actor;
  performDecision(exchange, actor, { to: 's', message, timeoutMs: 1 }, (reply) => void replies.push(reply));
  return { told, replies };
}

it('a decision about a context that is gone is refused for good: it would be asked for ever', () => {
  const { told, replies } = heard(new TuttiError('unknown_run', 'No actor answers'));
  expect(told).toMatchObject([
    { event: { type: 'conflict.refused', conflict: '2-1', asked: message }, isAnswered: true },
  ]);
  expect(replies).toEqual([]);
});

it('one that got no answer stands, and whoever gave it hears so', () => {
  const { told, replies } = heard(new TuttiError('request_timeout', 'late'));
  expect(told).toMatchObject([{ event: { type: 'call.failed', call: 'resolve:2-1' }, isAnswered: false }]);
  expect(replies).toMatchObject([{ type: 'error', error: { code: 'not_owner' } }]);
});
