/** Orders of a person to a run, through a whole cluster in this process. */
import { type AgentDefinition, defineAgent } from '@tutti/agent';
import { type AnyMessage, apiVerb, type MessageOf, type TuttiEvent } from '@tutti/contracts';
import { createExchange } from '@tutti/kernel';
import { planWorkflow, readHistory, workflow } from '@tutti/planner';
import { afterEach, expect, it } from 'vitest';
import { type Embedded, startEmbedded } from './embedded.ts';

let cluster: Embedded | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

type View = MessageOf<'run.state'>;

/** A cluster whose agent `a` ends each attempt when it is told; the others end at once. */
async function world() {
  const ends: (() => void)[] = [];
  const begun: (() => void)[] = [];
  const a = defineAgent({
    name: 'a',
    run: () =>
      new Promise<string>((resolve) => {
        ends.push(() => resolve('done'));
        for (const heard of begun.splice(0)) heard();
      }),
  });
  const asked = await worldOf([a, defineAgent({ name: 'b', run: () => 'done' })]);
  const begins = () => new Promise<void>((resolve) => begun.push(resolve));
  return { ...asked, begins, end: () => ends.shift()?.() };
}

async function worldOf(agents: readonly AgentDefinition[], more: { readonly keepEnded?: number } = {}) {
  cluster = await startEmbedded({ agents, ...more });
  const { node } = cluster;
  const exchange = createExchange(node.ports, { identity: 'asker' });
  const ask = async <T extends AnyMessage = View>(message: AnyMessage, id?: string): Promise<T> => {
    const to = node.ports.subjects.of('api', { verb: apiVerb(message.type) });
    return (await exchange.ask(to, message, 2_000, id)).message as T;
  };
  const status = () => ask({ type: 'run.status', run: 'r' });
  const events = async (): Promise<readonly TuttiEvent[]> =>
    (await ask<MessageOf<'run.recorded'>>({ type: 'run.events', run: 'r', fromSeq: 1, limit: 1_000 })).events;
  return { ask, status, events };
}

it('a paused run lets what runs end, starts nothing after it, and goes on when it is resumed', async () => {
  const { ask, status, events, begins, end } = await world();
  const definition = workflow('w', (w) => {
    const a = w.step('a');
    w.step('b', { depends_on: [a.completion] });
  });
  const running = begins();
  await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
  await running;
  expect(await ask({ type: 'run.pause', run: 'r', by: 'ann' })).toMatchObject({ paused: { by: 'ann' } });
  end();
  await expect.poll(async () => (await status()).steps.map((s) => s.status)).toEqual(['succeeded', 'pending']);
  expect((await status()).steps[1]?.waitsOn).toMatchObject({ kind: 'pause', names: ['ann'] });
  await ask({ type: 'run.resume', run: 'r', by: 'ben' });
  await expect.poll(status).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  const types = (await events()).map(({ type, data }) => `${type} ${data['step'] ?? ''}`);
  expect(types.indexOf('step.granted b')).toBeGreaterThan(types.indexOf('run.resumed '));
  await expect(ask({ type: 'run.pause', run: 'r', by: 'ann' })).rejects.toMatchObject({ code: 'run_finished' });
});

it('an order that comes a second time, after another one was given, is taken once', async () => {
  const { ask, begins, end } = await world();
  const definition = workflow('w', (w) => void w.step('a'));
  const running = begins();
  await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
  await running;
  const pause = { type: 'run.pause', run: 'r', by: 'ann' } as const;
  const first = await ask(pause, 'same');
  expect((await ask({ type: 'run.resume', run: 'r', by: 'ben' })).paused).toBeUndefined();
  expect(await ask(pause, 'same')).toEqual(first);
  expect((await ask({ type: 'run.status', run: 'r' })).paused).toBeUndefined();
  end();
});

it('of two answers at once to one approval exactly one wins, and following steps read it', async () => {
  const { ask, status } = await world();
  const definition = workflow('w', (w) => {
    const ok = w.step('ok', { type: 'approval', ask: 'Go on?', on_reject: 'continue' });
    w.step('b', { inputs: [ok.ref('by')] });
  });
  await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
  expect((await status()).steps[0]).toMatchObject({ status: 'waiting', waitsOn: { kind: 'person', reason: 'Go on?' } });
  const answers = await Promise.allSettled(
    ['ann', 'ben'].map((by) => ask({ type: 'run.approve', run: 'r', step: 'ok', approved: by === 'ann', by })),
  );
  const refused = answers.flatMap((a) => (a.status === 'rejected' ? [a.reason as { code: string }] : []));
  expect(refused).toMatchObject([{ code: 'already_answered' }]);
  await expect.poll(status).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  const first = (await status()).steps[0]?.answer?.by;
  const context = { type: 'run.context', run: 'r', paths: ['/ok/by'] } as const;
  expect(await ask({ ...context, paths: [...context.paths] })).toMatchObject({ values: { '/ok/by': first } });
});

it('a signal that came before its step waited for it is taken when it does', async () => {
  const { ask, status, begins, end } = await world();
  const definition = workflow('w', (w) => {
    const a = w.step('a');
    w.step('go', { type: 'signal', depends_on: [a.completion] });
  });
  const running = begins();
  await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
  await running;
  await ask({ type: 'run.signal', run: 'r', name: 'go', by: 'ci', data: { build: 7 } });
  end();
  await expect.poll(status).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  expect(await ask({ type: 'run.context', run: 'r', paths: ['/go/data'] })).toMatchObject({
    values: { '/go/data': { build: 7 } },
  });
});

it('a run that failed goes on where it failed, keeps what is done, and is not forgotten while it does', async () => {
  let fails = true;
  const agents = ['a', 'c'].map((name) => defineAgent({ name, run: () => 'done' }));
  const b = defineAgent({
    name: 'b',
    run({ attempt }) {
      if (fails) throw new Error('not yet');
      return attempt;
    },
  });
  const { ask, status, events } = await worldOf([...agents, b], { keepEnded: 1 });
  const definition = workflow('w', (w) => {
    const a = w.step('a');
    const broken = w.step('b', { inputs: [a.completion], retry: 1 });
    w.step('c', { depends_on: [broken.completion] });
  });
  await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
  await expect.poll(status).toMatchObject({ phase: 'ended', outcome: 'failed' });
  fails = false;
  const retry = { type: 'run.retry', run: 'r', by: 'ann', request: 'q1' } as const;
  expect(await ask(retry)).toMatchObject({ phase: 'running', retries: 1 });
  await expect.poll(status).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  expect((await status()).steps.map(({ attempt }) => attempt)).toEqual([1, 2, 1]);
  const told = (await events()).map(({ type, data }) => `${type} ${data['step'] ?? ''}`.trim());
  const life = told.slice(told.indexOf('run.retried'));
  expect(life.filter((line) => /succeeded|finished/.test(line))).toEqual([
    'step.succeeded b',
    'step.succeeded c',
    'run.finished',
  ]);
  expect(await ask(retry)).toMatchObject({ outcome: 'succeeded', retries: 1 });
  await ask({ type: 'run.submit', run: 'other', definition, inputs: {} });
  await expect.poll(() => status().catch(({ code }) => code)).toBe('unknown_run');
});

it('agents look at each other after a join: what follows the group does not wait, the end of the run does', async () => {
  const judged: unknown[] = [];
  let goOn = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const ux = defineAgent({ name: 'ux', run: ({ input }) => ({ text: `for ${input['idea']}` }) });
  const architect = defineAgent({
    name: 'architect',
    run: () => ({ text: 'modules' }),
    async validate({ of, output, input, context }) {
      judged.push([of, output, input['idea'], await context.read('/architect/text')]);
      await asked;
      return { ok: false, findings: [{ path: '/text', message: 'too short', severity: 'warning' }] };
    },
  });
  const last = defineAgent({
    name: 'last',
    run: () => {
      goOn();
      return 'done';
    },
  });
  const { ask, status, events } = await worldOf([ux, architect, last] as AgentDefinition[]);
  const definition = workflow('w', (w) => {
    w.input('idea', { type: 'string' });
    const group = w.group('design', [w.step('ux'), w.step('architect')], { cross_validation: {} });
    w.step('last', { depends_on: [group.completion] });
  });
  await ask({ type: 'run.submit', run: 'r', definition, inputs: { idea: 'quizzes' } });
  await expect.poll(status).toMatchObject({
    ...{ phase: 'ended', outcome: 'succeeded' },
    validations: [
      {
        validator: 'architect',
        of: 'ux',
        status: 'over',
        result: { verdict: 'failed', findings: [{ path: '/text' }] },
      },
      { validator: 'ux', of: 'architect', status: 'over', result: { reason: 'the agent "ux" has no `validate`' } },
    ],
  });
  expect(judged).toEqual([['ux', { text: 'for quizzes' }, 'quizzes', 'modules']]);
  const told = (await events()).map(({ type, data }) => `${type} ${data['step'] ?? data['of'] ?? ''}`);
  expect(told.indexOf('step.succeeded last')).toBeLessThan(told.indexOf('validation.finished ux'));
  expect(told.at(-1)).toBe('run.finished ');
});

it('the size of what a step was given stands in its event, and a history of such events plans by it', async () => {
  const { ask, status, events } = await worldOf([
    defineAgent({ name: 'a', run: ({ input }) => ({ length: String(input['text']).length }) }),
  ]);
  const definition = workflow('w', (w) => {
    w.step('small', { agent: 'a', with: { text: 'x' } });
    w.step('large', { agent: 'a', with: { text: 'x'.repeat(5_000) } });
  });
  await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
  await expect.poll(status).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
  const recorded = await events();
  const size = (step: string) =>
    recorded.find(({ type, data }) => type === 'step.succeeded' && data['step'] === step)?.data['inputBytes'];
  expect([size('small'), size('large')]).toEqual(['{"text":"x"}'.length, '{"text":""}'.length + 5_000]);
  // Three runs are enough to learn from.
  const text = [1, 2, 3].flatMap(() => recorded.map((event) => JSON.stringify(event))).join('\n');
  const { steps } = planWorkflow(definition, { history: readHistory(text, { file: 'h' }) });
  expect(steps.map(({ estimate }) => estimate)).toMatchObject([
    { source: 'history', samples: 3, inputBytes: 7 },
    { source: 'history', samples: 3, inputBytes: 4_095 },
  ]);
});

it('a conflict is decided after the end: what was refused holds, the end is told again, and what followed is done again', async () => {
  const writers = ['a', 'b'].map((name) =>
    defineAgent({ name, run: ({ context }) => void context.set('/shared', `by ${name}`) }),
  );
  const reads = defineAgent({ name: 'reads', run: async ({ context }) => `read: ${await context.read('/shared')}` });
  const { ask, status, events } = await worldOf([...writers, reads] as AgentDefinition[], { keepEnded: 1 });
  const definition = workflow('w', (w) => {
    const keys = { context_requirements: { write: ['shared'] } };
    const both = ['a', 'b'].map((id) => w.step(id, keys));
    w.step('reads', {
      depends_on: both.map((step) => step.completion),
      context_requirements: { read: ['shared'] },
    });
  });
  await ask({ type: 'run.submit', run: 'r', definition, inputs: {} });
  await expect.poll(status).toMatchObject({ phase: 'ended', outcome: 'conflicted' });
  const [conflict] = (await status()).conflicts;
  const order = { type: 'run.resolve', run: 'r', conflict: conflict?.id ?? '', take: 'refused', by: 'ann' } as const;
  const view = await ask(order);
  expect(view).toMatchObject({ outcome: 'succeeded', conflicts: [{ resolved: { by: 'ann', take: 'refused' } }] });
  expect(await ask(order)).toEqual(view);
  await expect(ask({ ...order, by: 'ben' })).rejects.toMatchObject({
    code: 'already_answered',
    details: { by: 'ann' },
  });
  await expect(ask({ ...order, conflict: '9-9' })).rejects.toMatchObject({ code: 'unknown_conflict' });
  const read = { type: 'run.context', run: 'r', paths: ['/shared', '/reads'] } as const;
  const shared = conflict?.refused.value;
  expect(await ask({ ...read, paths: [...read.paths] })).toMatchObject({ values: { '/shared': shared } });
  const told = (await events()).slice(-3).map(({ type, data }) => [type, data['outcome'] ?? data['take']]);
  expect(told).toEqual([
    ['run.finished', 'conflicted'],
    ['conflict.resolved', 'refused'],
    ['run.finished', 'succeeded'],
  ]);
  await ask({ type: 'run.retry', run: 'r', by: 'ann', request: 'q1', step: 'reads' });
  await expect.poll(status).toMatchObject({ phase: 'ended', outcome: 'succeeded', retries: 1 });
  expect(await ask({ ...read, paths: [...read.paths] })).toMatchObject({
    values: { '/reads': { result: `read: ${shared}` } },
  });
  await ask({ type: 'run.submit', run: 'other', definition, inputs: {} });
  await expect.poll(() => status().catch(({ code }) => code)).toBe('unknown_run');
});
