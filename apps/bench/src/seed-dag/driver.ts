import type { Bus } from '@tutti/bus';
import type { RunOnce } from '../rounds.ts';
import { createSubmitter } from '../submitter.ts';
import { BODY, seedDag } from './definition.ts';

/** Runs of the seed DAG, one a call. */
export async function createDriver(bus: Bus): Promise<RunOnce> {
  const submit = await createSubmitter(bus);
  const definition = seedDag();
  return () => submit(definition, { task: BODY });
}
