import type { WatchOptions } from '@tutti/client';
import { TuttiError, type TuttiEvent } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { PATIENCE_MS, patientWatch } from './patient-watch.ts';
import { event } from './testing/seed-run.ts';

const at = (seq: number): TuttiEvent => ({ ...event('run.cancelling', 1, { reason: '' }), seq });
const away = (): TuttiError => new TuttiError('no_responders', 'No node answers.');

/** Each watch gives what the next of the parts holds, and ends as it says; time passes only in pauses. */
function world(...parts: readonly (readonly (TuttiEvent | TuttiError)[])[]) {
  const asked: (number | undefined)[] = [];
  const notes: string[] = [];
  let nowMs = 0;
  const io = {
    now: () => nowMs,
    after(ms: number, run: () => void) {
      nowMs += ms;
      queueMicrotask(run);
      return () => undefined;
    },
  };
  const client = {
    async *watch(_run: string, { fromSeq }: WatchOptions = {}) {
      asked.push(fromSeq);
      for (const part of parts[Math.min(asked.length, parts.length) - 1] ?? []) {
        if (part instanceof TuttiError) throw part;
        yield part;
      }
    },
  };
  const watched = async (options: WatchOptions = {}): Promise<(number | undefined)[]> => {
    const seen: (number | undefined)[] = [];
    const note = (text: string): void => void notes.push(text);
    for await (const { seq } of patientWatch(io, client, 'r', { ...options, note })) seen.push(seq);
    return seen;
  };
  return { asked, notes, watched, now: () => nowMs };
}

describe('whoever looks at a run of a cluster', () => {
  it('goes on after the last event seen when somebody answers again, and is told of it once', async () => {
    const { watched, asked, notes } = world([at(1), at(2), away()], [away()], [away()], [at(3)]);
    expect(await watched()).toEqual([1, 2, 3]);
    expect(asked).toEqual([1, 3, 3, 3]);
    expect(notes).toEqual([
      expect.stringContaining('No node answers. The run needs nobody'),
      expect.stringContaining('again'),
    ]);
  });

  it('gives up when nobody has answered for a minute, with what was said last', async () => {
    const { watched, now } = world([at(1), away()], [away()]);
    await expect(watched()).rejects.toMatchObject({ code: 'no_responders' });
    expect(now()).toBe(PATIENCE_MS);
  });

  it('gives up at once for what no patience cures, and when nobody looks any more', async () => {
    const unknown = world([new TuttiError('unknown_run', 'no such run')]);
    await expect(unknown.watched()).rejects.toMatchObject({ code: 'unknown_run' });
    const { watched, asked } = world([away()]);
    await expect(watched({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'no_responders' });
    expect([unknown.asked, asked]).toEqual([[1], [1]]);
  });
});
