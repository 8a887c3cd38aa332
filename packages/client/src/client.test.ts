import { createMemoryBus, decode, encode, type Message, publishJson } from '@tutti/bus';
import {
  type AnyMessage,
  apiVerb,
  createSubjects,
  HEADERS,
  type MessageOf,
  type MessageType,
  open,
  seal,
  type TuttiEvent,
  type WorkflowDefinition,
} from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { MAX_BUFFERED } from './inbox.ts';

const RUN = 'r1';
const subjects = createSubjects();
const time = '2026-01-01T00:00:00.000Z';
const finished = { outcome: 'succeeded', reason: '', makespanMs: 1 };
const event = (seq: number, type: TuttiEvent['type'] = 'step.ready'): TuttiEvent => ({
  v: 1,
  type,
  time,
  run: RUN,
  seq,
  data: type === 'run.finished' ? finished : { step: `s${seq}`, agent: 'a' },
});

/** A cluster as a client sees it: its API, and the events it publishes. Pauses are ended by the test. */
function world() {
  const bus = createMemoryBus();
  const journal: TuttiEvent[] = [];
  const asked: AnyMessage[] = [];
  const pauses: { ms: number; end: () => void }[] = [];
  const pauseHeard: (() => void)[] = [];
  const serve = <T extends MessageType>(type: T, answer: (message: MessageOf<T>) => AnyMessage | undefined) =>
    bus.subscribe(subjects.of('api', { verb: apiVerb(type) }), (message: Message) => {
      const question = open(decode(message.data, message.headers[HEADERS.contentType])).message as MessageOf<T>;
      asked.push(question);
      const said = answer(question);
      if (said === undefined) return;
      const body = encode(seal(said, 'node'));
      message.respond(body.data, { [HEADERS.contentType]: body.contentType });
    });
  const serveEvents = () =>
    serve('run.events', ({ fromSeq, limit }) => {
      const left = journal.filter(({ seq }) => (seq ?? 0) >= fromSeq);
      const complete = left.length <= limit;
      return { type: 'run.recorded', run: RUN, events: left.slice(0, limit), complete };
    });
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((end) => {
      signal?.addEventListener('abort', () => end());
      pauses.push({ ms, end });
      for (const heard of pauseHeard.splice(0)) heard();
    });
  /** Resolves when the client pauses the next time. */
  const paused = () => new Promise<void>((resolve) => pauseHeard.push(resolve));
  const publish = (told: TuttiEvent) => publishJson(bus, `tutti.evt.run.${RUN}.${told.type}`, told);
  const record = (...events: TuttiEvent[]) => void journal.push(...events);
  const client = createClient({
    bus,
    sleep,
    limits: { timeoutMs: 1_000, tries: 4, pauseMs: 50, maxPauseMs: 400, ownerMs: 1_500 },
  });
  return { bus, client, serve, serveEvents, publish, record, asked, pauses, paused };
}

async function all(events: AsyncIterable<TuttiEvent>): Promise<string[]> {
  const out: string[] = [];
  for await (const { type, seq } of events) out.push(`${seq} ${type}`);
  return out;
}

describe('a watch', () => {
  it('goes on over an end that a retry followed, and ends with the last one', async () => {
    const { client, serveEvents, record } = world();
    const retried = { ...event(3, 'run.retried'), data: { by: 'ann', steps: ['s'], kept: 0 } };
    record(event(1, 'run.submitted'), event(2, 'run.finished'), retried, event(4), event(5, 'run.finished'));
    serveEvents();
    const told = ['3 run.retried', '4 step.ready', '5 run.finished'];
    expect(await all(client.watch(RUN))).toEqual(['1 run.submitted', '2 run.finished', ...told]);
    expect(await all(client.watch(RUN, { fromSeq: 3 }))).toEqual(told);
  });

  it('gives what was recorded before it began and ends with the run', async () => {
    const { client, serveEvents, record } = world();
    record(event(1, 'run.submitted'), event(2), event(3, 'run.finished'));
    serveEvents();
    expect(await all(client.watch(RUN))).toEqual(['1 run.submitted', '2 step.ready', '3 run.finished']);
  });

  it('goes on from a sequence', async () => {
    const { client, serveEvents, record } = world();
    record(event(1), event(2), event(3, 'run.finished'));
    serveEvents();
    expect(await all(client.watch(RUN, { fromSeq: 2 }))).toEqual(['2 step.ready', '3 run.finished']);
  });

  it('ends with the end of a run that has less than was asked for', async () => {
    const { client, serveEvents, record } = world();
    record(event(1), event(2), event(3, 'run.finished'));
    serveEvents();
    for (const fromSeq of [4, 5, 900]) expect(await all(client.watch(RUN, { fromSeq }))).toEqual(['3 run.finished']);
  });

  it('goes on from where the journal ends when what it was given before died with its owner', async () => {
    const { client, serveEvents, record, publish, paused } = world();
    record(event(1));
    serveEvents();
    const waits = paused();
    const watched = all(client.watch(RUN, { fromSeq: 7 }));
    await waits;
    record(event(2), event(3, 'run.finished'));
    publish(event(3, 'run.finished'));
    expect(await watched).toEqual(['2 step.ready', '3 run.finished']);
  });

  it('gives live events in order, each once, and fills what was lost from the journal', async () => {
    const { client, serveEvents, record, publish, paused } = world();
    record(event(1));
    serveEvents();
    const waits = paused();
    const watched = all(client.watch(RUN));
    await waits;
    record(event(2), event(3), event(4), event(5, 'run.finished'));
    // 2 is lost, 3 comes twice and late, 4 before it.
    for (const told of [event(1), event(4), event(3), event(3), event(5, 'run.finished')]) publish(told);
    expect(await watched).toEqual(['1 step.ready', '2 step.ready', '3 step.ready', '4 step.ready', '5 run.finished']);
  });

  it('passes progress on as it comes, which is in no journal', async () => {
    const { client, serveEvents, record, publish, paused } = world();
    record(event(1));
    serveEvents();
    const waits = paused();
    const watched = all(client.watch(RUN));
    await waits;
    publish({ ...event(1, 'step.progress'), data: { step: 's', attempt: 1, fraction: 0.5 } });
    publish(event(2, 'run.finished'));
    expect(await watched).toEqual(['1 step.ready', '1 step.progress', '2 run.finished']);
  });

  it('keeps a live event that is ahead of the journal, and all behind it, until the journal has what comes before', async () => {
    const { client, serveEvents, record, publish, pauses, paused } = world();
    record(event(1));
    serveEvents();
    const waits = paused();
    const watched = all(client.watch(RUN));
    await waits;
    const progress: TuttiEvent = { ...event(3, 'step.progress'), data: { step: 's', attempt: 1, fraction: 0.5 } };
    // 2 was told before the watch began, and its record lingers at the owner.
    const behind = paused();
    for (const told of [event(3), progress, event(4, 'run.finished')]) publish(told);
    await behind;
    record(event(2), event(3));
    expect(pauses.at(-1)?.ms).toBe(50);
    pauses.at(-1)?.end();
    expect(await watched).toEqual([
      '1 step.ready',
      '2 step.ready',
      '3 step.ready',
      '3 step.progress',
      '4 run.finished',
    ]);
  });

  it('gives no progress from before what it has given', async () => {
    const { client, bus, serveEvents, record, publish, paused } = world();
    serveEvents();
    const watch = client.watch(RUN);
    const waits = paused();
    const first = watch.next();
    await waits;
    publish({ ...event(0, 'step.progress'), data: { step: 's', attempt: 1, fraction: 0.1 } });
    expect((await first).value).toMatchObject({ seq: 0 });
    record(event(1), event(2), event(3, 'run.finished'));
    publish(event(2));
    publish({ ...event(1, 'step.progress'), data: { step: 's', attempt: 1, fraction: 0.2 } });
    await bus.flush();
    expect(await all(watch)).toEqual(['1 step.ready', '2 step.ready', '3 run.finished']);
  });

  it('asks again after a silence, so a lost last event does not hang it', async () => {
    const { client, serveEvents, record, pauses, paused } = world();
    record(event(1));
    serveEvents();
    const waits = paused();
    const watched = all(client.watch(RUN));
    await waits;
    record(event(2, 'run.finished'));
    expect(pauses[0]?.ms).toBe(2_000);
    pauses[0]?.end();
    expect(await watched).toEqual(['1 step.ready', '2 run.finished']);
  });

  it('reads again from the journal what a slow reader had no room for', async () => {
    const { client, bus, serveEvents, record, publish, paused } = world();
    record(event(1));
    serveEvents();
    const watch = client.watch(RUN);
    expect((await watch.next()).value).toMatchObject({ seq: 1 });
    const waits = paused();
    const second = watch.next();
    await waits;
    publish(event(2));
    expect((await second).value).toMatchObject({ seq: 2 });
    // The reader does not read while all of these come.
    const last = MAX_BUFFERED + 10;
    for (let seq = 3; seq <= last; seq++) {
      const told = event(seq, seq === last ? 'run.finished' : 'step.ready');
      record(event(seq - 1), told);
      publish(told);
    }
    await bus.flush();
    const rest = await all(watch);
    expect(rest).toHaveLength(last - 2);
    expect(rest.at(-1)).toBe(`${last} run.finished`);
  });

  it('ends without an error when its signal is aborted, before it begins or while it waits', async () => {
    const { client, serveEvents, record, paused } = world();
    record(event(1));
    serveEvents();
    expect(await all(client.watch(RUN, { signal: AbortSignal.abort() }))).toEqual([]);
    const stop = new AbortController();
    const waits = paused();
    const watched = all(client.watch(RUN, { signal: stop.signal }));
    await waits;
    stop.abort();
    expect(await watched).toEqual(['1 step.ready']);
  });

  it('fails with what the cluster answers', async () => {
    const { client, serve } = world();
    serve('run.events', () => ({
      type: 'error',
      error: { code: 'unknown_run', message: 'no such run', retryable: false },
    }));
    await expect(all(client.watch(RUN))).rejects.toMatchObject({ code: 'unknown_run' });
  });
});

describe('a call', () => {
  it('is tried again while nobody serves, with longer and longer pauses, and then fails', async () => {
    const { client, pauses, paused } = world();
    const call = client.list();
    const failed = expect(call).rejects.toMatchObject({ code: 'no_responders' });
    for (let tries = 1; tries < 4; tries++) {
      if (pauses.length < tries) await paused();
      pauses[tries - 1]?.end();
    }
    await failed;
    expect(pauses.map(({ ms }) => ms)).toEqual([50, 100, 200]);
  });

  it('is tried for longer while a node answers that the owner of the run is missing', async () => {
    const { client, serve, asked, pauses, paused } = world();
    const error = { code: 'no_responders' as const, message: 'Nobody serves the run', retryable: true };
    serve('run.status', () => ({ type: 'error', error }));
    const failed = expect(client.status(RUN)).rejects.toMatchObject({ code: 'no_responders', message: error.message });
    for (let tries = 1; tries < 7; tries++) {
      if (pauses.length < tries) await paused();
      pauses[tries - 1]?.end();
    }
    await failed;
    expect(pauses.map(({ ms }) => ms)).toEqual([50, 100, 200, 400, 400, 400]);
    expect(asked).toHaveLength(7);
  });

  it('is not repeated when it was refused', async () => {
    const { client, serve, asked } = world();
    serve('run.status', () => ({ type: 'error', error: { code: 'unknown_run', message: 'no', retryable: false } }));
    await expect(client.status(RUN)).rejects.toMatchObject({ code: 'unknown_run' });
    expect(asked).toHaveLength(1);
  });

  it('keeps the run id of a submission over all its tries, so that it starts one run', async () => {
    const { client, serve, asked, pauses, paused } = world();
    let first = true;
    serve('run.submit', ({ run }) => {
      const error = { code: 'not_owner' as const, message: 'moving', retryable: true };
      const answer = first ? { type: 'error' as const, error } : undefined;
      first = false;
      return answer ?? { type: 'run.accepted', run, planHash: 'h', duplicate: false };
    });
    const waits = paused();
    const submitted = client.submit({ definition: definition() });
    await waits;
    pauses[0]?.end();
    const { run } = await submitted;
    expect(asked.map((message) => 'run' in message && message.run)).toEqual([run, run]);
  });

  it('refuses an answer of another type', async () => {
    const { client, serve } = world();
    serve('run.list', () => ({ type: 'run.accepted', run: RUN, planHash: 'h', duplicate: false }));
    await expect(client.list()).rejects.toMatchObject({ code: 'bad_message' });
  });
});

/** The smallest definition that the contract takes. */
function definition(): WorkflowDefinition {
  const word = { cpu: 1, memory: 1 };
  return {
    format: 1,
    id: 'w',
    inputs: {},
    steps: [
      {
        id: 's',
        agent: 'a',
        resultPath: '/a',
        inputs: [],
        outputs: [],
        reads: [],
        writes: ['/a'],
        waitsFor: [],
        validates: [],
        timeoutMs: 1000,
        retry: { maxAttempts: 1, backoffMs: 0, backoffFactor: 1, maxBackoffMs: 0 },
        onFailure: 'fail_run',
        needs: word,
        estimate: { minMs: 1, likelyMs: 1, maxMs: 1, source: 'file' },
        with: {},
      },
    ],
    groups: [],
    pool: { cpuUnits: 100, memoryUnits: 100, concurrentAgents: 3, cpuOversubscription: 1.2, memoryStrict: true },
    priorities: { critical: 10, parallel: 7, validation: 5 },
    resourceWords: { low: word, medium: word, high: word, very_high: word },
    ownership: {},
    commands: {},
    agentModules: [],
    timeoutMs: 1000,
    timeScale: 1,
    policies: {},
  };
}
