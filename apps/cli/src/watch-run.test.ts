import type { TuttiEvent } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { createRenderer } from './render/create-renderer.ts';
import { fakeIo } from './testing/fake-io.ts';
import { event, SEED_RUN, submitted } from './testing/seed-run.ts';
import { watchRun } from './watch-run.ts';

const finished = (outcome: string): TuttiEvent =>
  event('run.finished', 10, {
    outcome,
    reason: '',
    makespanMs: 10,
    plannedMs: 10,
    lowerBoundMs: 10,
    sequentialMs: 10,
    succeeded: 0,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    conflicts: 0,
  });

/** A run that goes on until it is cancelled; `submit` is done when the test says so. */
function scripted() {
  const cancels: string[] = [];
  let release: (event: TuttiEvent) => void = () => undefined;
  const end = new Promise<TuttiEvent>((resolve) => (release = resolve));
  let accept: () => void = () => undefined;
  const accepted = new Promise<void>((resolve) => (accept = resolve));
  const source = {
    async *watch() {
      yield submitted;
      yield await end;
    },
    cancel(_run: string, reason: string) {
      cancels.push(reason);
      release(finished('cancelled'));
      return Promise.resolve();
    },
  };
  return { source, cancels, accept, submit: () => accepted, finish: (outcome: string) => release(finished(outcome)) };
}

function watching(output: 'plain' | 'json' | 'quiet' = 'plain') {
  const io = fakeIo();
  const script = scripted();
  const renderer = createRenderer({ io, output });
  const code = watchRun({ io, source: script.source, run: 'r-1', renderer, submit: script.submit });
  return { io, script, code };
}

describe('watching a run', () => {
  it.each([
    ['succeeded', 0],
    ['failed', 1],
    ['partial', 3],
    ['conflicted', 4],
    ['timed_out', 5],
    ['cancelled', 130],
  ])('ends %s with exit code %d', async (outcome, exit) => {
    const { script, code } = watching();
    script.accept();
    script.finish(outcome);
    expect(await code).toBe(exit);
  });

  it('the first signal cancels the run and waits for its end', async () => {
    const { io, script, code } = watching();
    script.accept();
    await Promise.resolve();
    io.signal('SIGTERM');
    expect(await code).toBe(130);
    expect(script.cancels).toHaveLength(1);
    expect(io.exits).toEqual([]);
    expect(io.err.join('')).toContain('Ctrl-C again');
  });

  it('a signal before the run is accepted cancels it as soon as it is', async () => {
    const { io, script, code } = watching();
    io.signal('SIGINT');
    expect(script.cancels).toEqual([]);
    script.accept();
    expect(await code).toBe(130);
    expect(script.cancels).toHaveLength(1);
  });

  it('the second signal leaves at once with 130', async () => {
    const { io, script, code } = watching();
    io.signal('SIGINT');
    io.signal('SIGINT');
    expect(io.exits).toEqual([130]);
    script.accept();
    script.finish('cancelled');
    await code;
  });

  it('rejects with what submitting rejects with, and listens to signals no more', async () => {
    const io = fakeIo();
    const { source } = scripted();
    const renderer = createRenderer({ io, output: 'quiet' });
    const submit = () => Promise.reject(new Error('no broker'));
    await expect(watchRun({ io, source, run: 'r', renderer, submit })).rejects.toThrow('no broker');
    io.signal('SIGINT');
    io.signal('SIGINT');
    expect(io.exits).toEqual([]);
  });
});

describe('output', () => {
  const shown = (output: 'plain' | 'json' | 'quiet') => {
    const io = fakeIo();
    const renderer = createRenderer({ io, output });
    for (const each of SEED_RUN) renderer.event(each);
    renderer.finish();
    return io.text();
  };

  it('json is one envelope a line and nothing else', () => {
    const lines = shown('json').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(SEED_RUN);
  });

  it('plain is one line an event, then the summary', () => {
    const lines = shown('plain').split('\n');
    expect(lines.slice(0, SEED_RUN.length).every((line) => /^ +[\d.]+ (ms|s) {2}\S/.test(line))).toBe(true);
    expect(lines.slice(SEED_RUN.length).join('\n')).toContain('critical path');
    expect(lines.join('')).not.toContain('\u001b');
  });

  it('quiet is the outcome alone', () => {
    expect(shown('quiet')).toBe('seed  r-1  succeeded  (4 succeeded)  9.6 s\n');
  });
});
