/** Journals of every released form replay to what they said when they were recorded, on every Node that Tutti runs on. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KINDS, recordingSchema, replayed, statesOf } from './replayed.ts';

const HERE = new URL('./', import.meta.url);
const forms = readdirSync(HERE, { withFileTypes: true }).filter((entry) => entry.isDirectory());

const recordingsIn = (folder: URL, file: string) =>
  z.array(recordingSchema).parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

it('there are recordings', () => expect(forms.length).toBeGreaterThan(0));

describe.each(forms.map(({ name }) => name))('the journals of %s', (form) => {
  const folder = new URL(`${form}/`, HERE);
  it.each(readdirSync(folder))('%s', (file) => {
    const recordings = recordingsIn(folder, file);
    expect(recordings.length).toBeGreaterThan(0);
    // What newer code says more is no difference; what it says otherwise is.
    for (const recording of recordings)
      expect({ [recording.key]: replayed(recording) }).toMatchObject({ [recording.key]: recording.says });
  });
});

/**
 * A checkpoint holds a state. Code whose state is another must not go on from it: its kind raises `stateForm`, and
 * `npm run record -- --states` adds what is new. Never change a digest that was released.
 */
describe('the states that checkpoints hold', () => {
  const known = z
    .record(z.string(), z.record(z.string(), z.string()))
    .parse(JSON.parse(readFileSync(new URL('states.json', HERE), 'utf8')));
  const folder = new URL('first/', HERE);
  const recordings = readdirSync(folder).flatMap((file) => recordingsIn(folder, file));
  it.each(Object.entries(KINDS))('%s: the form that its kind names is the one that it has', (name, kind) => {
    expect(statesOf(kind, recordings)).toBe(known[name]?.[kind.stateForm ?? 1]);
  });
});
