/** Journals of every released form replay to what they said when they were recorded, on every Node that Tutti runs on. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recordingSchema, replayed } from './replayed.ts';

const HERE = new URL('./', import.meta.url);
const forms = readdirSync(HERE, { withFileTypes: true }).filter((entry) => entry.isDirectory());

it('there are recordings', () => expect(forms.length).toBeGreaterThan(0));

describe.each(forms.map(({ name }) => name))('the journals of %s', (form) => {
  const folder = new URL(`${form}/`, HERE);
  it.each(readdirSync(folder))('%s', (file) => {
    const recordings = z.array(recordingSchema).parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
    expect(recordings.length).toBeGreaterThan(0);
    // What newer code says more is no difference; what it says otherwise is.
    for (const recording of recordings)
      expect({ [recording.key]: replayed(recording) }).toMatchObject({ [recording.key]: recording.says });
  });
});
