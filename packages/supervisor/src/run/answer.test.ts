import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';

type Keys = Parameters<Parameters<Parameters<typeof workflow>[1]>[0]['step']>[1];

const world = (keys: Keys = {}) =>
  new RunWorld(
    workflow('w', (w) => {
      const ok = w.step('ok', { type: 'approval', ask: 'Ship it?', timeout: '1_hours', ...keys });
      w.step('next', { inputs: [ok.ref('approved')] });
    }),
  ).opened();
const approve = (by: string, approved = true, more: object = {}) => {
  return { type: 'run.approve', run: 'r', step: 'ok', approved, by, ...more };
};
const lastReply = (t: RunWorld) => t.replies().at(-1);
const values = (t: RunWorld) =>
  t
    .customs('commit')
    .map((each) => (each as { message: { writes: [{ path: string; value: object }] } }).message.writes[0]);

describe('an approval', () => {
  it('waits for a person, asks the pool for nothing, and says what is asked and until when', () => {
    const t = world();
    expect(t.of('ok')).toMatchObject({ status: 'waiting', held: false, attempt: 1 });
    expect(t.of('ok').waitsOn).toMatchObject({ kind: 'person', reason: 'Ship it?' });
    expect(t.of('ok').dueAtMs).toBe(1_010 + 3_600_000);
    expect(t.sent('resource.acquire')).toEqual([]);
  });

  it('that was given is committed as data that following steps read, and then they start', () => {
    const t = world()
      .forget()
      .take(approve('ann', true, { comment: 'fine' }));
    expect(values(t)).toMatchObject([
      { path: '/ok', value: { approved: true, by: 'ann', comment: 'fine', how: 'person' } },
    ]);
    expect(t.of('next').status).toBe('pending');
    t.commit('ok');
    expect([t.of('ok').status, t.of('next').status]).toEqual(['succeeded', 'queued']);
    expect(t.events('step.answered')).toEqual([
      { step: 'ok', how: 'person', by: 'ann', approved: true, comment: 'fine' },
    ]);
  });

  it('is claimed once: the second hears who was first, and the first may say it again', () => {
    const t = world().take(approve('ann')).forget().take(approve('ben', false));
    expect(lastReply(t)).toMatchObject({ error: { code: 'already_answered', details: { by: 'ann', approved: true } } });
    t.take(approve('ann'));
    expect(lastReply(t)).toMatchObject({ type: 'run.state' });
    expect(t.of('ok').answer).toMatchObject({ by: 'ann', approved: true });
    expect(t.events('step.answered')).toEqual([]);
  });

  it('that was rejected fails its step once the comment is committed', () => {
    const t = world()
      .take(approve('ann', false, { comment: 'too early' }))
      .commit('ok');
    expect(t.of('ok')).toMatchObject({ status: 'failed', error: { code: 'approval_rejected' }, version: 1 });
    expect(t.of('ok').error?.message).toContain('ann: too early');
    expect(t.run).toMatchObject({ phase: 'ended', outcome: 'failed' });
  });

  it('may be said again without its comment, and not with another one', () => {
    const t = world()
      .take(approve('ann', true, { comment: 'fine' }))
      .forget();
    t.take(approve('ann'));
    expect(lastReply(t)).toMatchObject({ type: 'run.state' });
    t.take(approve('ann', true, { comment: 'not so fine' }));
    expect(lastReply(t)).toMatchObject({ error: { code: 'already_answered' } });
  });

  it('that was rejected lets the run go on where its step says so', () => {
    const t = world({ on_reject: 'continue' }).take(approve('ann', false)).commit('ok');
    expect([t.of('ok').status, t.of('next').status]).toEqual(['succeeded', 'queued']);
  });

  it.each(['approve', 'reject'] as const)('has its default "%s" when nobody answers in time', (word) => {
    const t = world({ default: word, on_reject: 'continue' }).take({ type: 'timer.wait', step: 'ok', epoch: 1 });
    expect(t.of('ok').answer).toBeUndefined();
    t.take({ type: 'timer.wait', step: 'ok', epoch: t.of('ok').epoch });
    expect(t.of('ok').answer).toMatchObject({ how: 'timeout', approved: word === 'approve' });
    t.forget().take(approve('ann'));
    expect(lastReply(t)).toMatchObject({ error: { code: 'already_answered' } });
  });

  it('whose commit nobody acknowledged is committed again: with each sync, and by the next owner', () => {
    const t = world().take(approve('ann')).forget().take({ type: 'timer.sync' }).takeOwn();
    expect(values(t)).toHaveLength(1);
    t.recover().opened().forget().surveyed();
    expect(t.of('ok').status).toBe('waiting');
    expect(values(t)).toMatchObject([{ value: { by: 'ann' } }]);
  });

  it('fails its step when the context store refuses it for good', () => {
    const t = world().take(approve('ann'));
    const call = `commit:ok:${t.of('ok').epoch}:`;
    t.forget().take({ type: 'call.failed', call, code: 'not_allowed', message: 'no', retryable: false }).takeOwn();
    expect(t.of('ok')).toMatchObject({ status: 'failed', error: { code: 'not_allowed' } });
  });

  it('keeps its time while the run is paused, and may be given all the while', () => {
    const t = world();
    const due = t.of('ok').dueAtMs ?? 0;
    t.take({ type: 'run.pause', run: 'r', by: 'ann' });
    expect(t.cleared).toContain('step.ok');
    t.take({ type: 'run.resume', run: 'r', by: 'ann' });
    expect(t.of('ok').dueAtMs).toBe(due + 10);
    t.take({ type: 'run.pause', run: 'r', by: 'ann' }).take(approve('ben')).commit('ok');
    expect([t.of('ok').status, t.of('next').status]).toEqual(['succeeded', 'pending']);
  });

  it.each([
    ['unknown_step', { ...approve('ann'), step: 'nobody' }],
    ['not_waiting', { ...approve('ann'), step: 'next' }],
  ])('is refused as %s', (code, message) => {
    expect(lastReply(world().take(message))).toMatchObject({ error: { code } });
  });

  it('is refused once the run is over, and its step is cancelled with the run', () => {
    const t = world().take({ type: 'run.cancel', run: 'r', reason: 'enough' });
    expect(t.of('ok').status).toBe('cancelled');
    expect(lastReply(t.take(approve('ann')))).toMatchObject({ error: { code: 'run_finished' } });
  });
});

describe('a signal', () => {
  const waiting = () =>
    new RunWorld(
      workflow('w', (w) => {
        const first = w.step('first');
        w.step('now', { type: 'signal', signal: 'green' });
        w.step('later', { type: 'signal', signal: 'green', depends_on: [first.completion] });
      }),
    ).opened();
  const signal = (by: string, data: unknown = { n: 1 }, name = 'green') => {
    return { type: 'run.signal', run: 'r', name, by, data };
  };

  it('is taken by whoever waits for it, and by who comes to wait for it later', () => {
    const t = waiting().forget().take(signal('ci'));
    expect(values(t)).toMatchObject([{ path: '/now', value: { by: 'ci', data: { n: 1 } } }]);
    t.place('first').forget().commit('first').takeOwn();
    expect(values(t)).toMatchObject([{ path: '/later', value: { data: { n: 1 } } }]);
  });

  it('is not forgotten with an owner that died before the step took it', () => {
    const t = waiting().take(signal('ci')).place('first').commit('first').forget();
    expect(t.of('later')).toMatchObject({ status: 'waiting', answer: undefined });
    t.recover().opened().forget().surveyed().takeOwn();
    expect(t.of('later').answer).toMatchObject({ by: 'ci' });
  });

  it('counts once by name; the same one again is answered alike', () => {
    const t = waiting().take(signal('ci')).take(signal('ci'));
    expect(lastReply(t)).toMatchObject({ type: 'run.state' });
    expect(lastReply(t.take(signal('ann', 2)))).toMatchObject({
      error: { code: 'already_answered', details: { by: 'ci' } },
    });
  });

  it('that no step names is refused with those that are', () => {
    const reply = lastReply(waiting().take(signal('ci', 1, 'red')));
    expect(reply).toMatchObject({ error: { code: 'not_waiting', message: expect.stringContaining('green') } });
  });

  it('that does not come in time fails its step', () => {
    const t = waiting();
    t.take({ type: 'timer.wait', step: 'now', epoch: t.of('now').epoch });
    expect(t.of('now')).toMatchObject({ status: 'failed', error: { code: 'signal_timeout' } });
  });
});
