/**
 * `npm run record -- NAME`: writes the journals of some runs of the simulation as recordings of the present form. Recordings
 * are never written anew (`--states` adds the forms of states that are new): those of every form that was ever released must replay to what they said when they were made.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { NO_FAULTS, type Simulation, simulate } from '@tutti/testkit/simulation';
import { z } from 'zod';
import { KINDS, recordingSchema, replayed, statesOf } from './replayed.ts';

/** Of these some have no faults, some have owners that die, and in the last one a person decides a conflict. */
const SEEDS = [1, 7, 12, 19, 63] as const;

async function journalsOf({ store }: Simulation): Promise<{ key: string; records: string[] }[]> {
  const keys = (await Promise.all(['wf.*.*', 'ctx.*.*'].map((filter) => store.logs.keys(filter)))).flat();
  return Promise.all(
    keys.sort().map(async (key) => {
      const records = (await store.logs.read(key)).map(({ data }) => Buffer.from(data).toString('base64'));
      return { key, records };
    }),
  );
}

const STATES = new URL('./states.json', import.meta.url);

/** Adds the digests of forms that are new; one that is there stays as it is. */
function recordStates(): void {
  const folder = new URL('./first/', import.meta.url);
  const recordings = readdirSync(folder).flatMap((file) => {
    return z.array(recordingSchema).parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
  });
  const known: Record<string, Record<string, string>> = existsSync(STATES)
    ? JSON.parse(readFileSync(STATES, 'utf8'))
    : {};
  for (const [name, kind] of Object.entries(KINDS))
    known[name] = { [kind.stateForm ?? 1]: statesOf(kind, recordings), ...known[name] };
  writeFileSync(STATES, `${JSON.stringify(known, undefined, 2)}\n`);
}

async function main(name: string | undefined): Promise<void> {
  if (name === '--states') return recordStates();
  if (name === undefined || !/^[a-z0-9-]+$/.test(name)) throw new Error('npm run record -- NAME | --states');
  const folder = new URL(`./${name}/`, import.meta.url);
  mkdirSync(folder);
  for (const [i, seed] of SEEDS.entries()) {
    const simulation = await simulate(i === 0 ? { seed, rates: NO_FAULTS } : { seed });
    const recordings = (await journalsOf(simulation)).map((each) => ({ ...each, says: replayed(each) }));
    writeFileSync(new URL(`seed-${seed}.json`, folder), `${JSON.stringify(recordings)}\n`);
  }
}

await main(process.argv[2]);
