/** What a recorded journal says when it is replayed by the code as it is: what people see of it. */
import { createHash } from 'node:crypto';
import { contextKind } from '@tutti/context';
import { createSubjects } from '@tutti/contracts';
import { type ActorKind, createStepper, type JournalRecord, parseRecord, toldBy } from '@tutti/kernel';
import { type RunContext, viewOf, workflowKind } from '@tutti/supervisor';
import { z } from 'zod';

export const recordingSchema = z.strictObject({
  /** Such as `wf.12.r0`. */
  key: z.string(),
  /** Records as they lay in the log, base64. */
  records: z.array(z.string()).min(1),
  /** What replaying them gave when they were recorded. */
  says: z.unknown(),
});
export type Recording = z.infer<typeof recordingSchema>;

export const KINDS: Readonly<Record<string, ActorKind>> = {
  wf: workflowKind({ owner: 'recorded', subjects: createSubjects(), pool: 'default' }),
  ctx: contextKind(),
};

/** As JSON would give it, so that it can be compared with what was written. */
export function replayed({ key, records }: Pick<Recording, 'key' | 'records'>): unknown {
  const kind = KINDS[key.split('.')[0] ?? ''];
  if (kind === undefined) throw new Error(`No kind of actor writes the journal ${key}`);
  const parsed = records.map((record) => parseRecord(key, Buffer.from(record, 'base64')));
  const context = stateAfter(kind, parsed);
  const events = toldBy(createStepper(kind.machine), parsed);
  const says = kind.name === 'wf' ? { view: viewOf(context as RunContext), events } : { state: stored(context) };
  return JSON.parse(JSON.stringify(says));
}

/** What a kind's states are after its journals among these, as one digest: another one where code has another state. */
export function statesOf(kind: ActorKind, recordings: readonly Recording[]): string {
  const hash = createHash('sha256');
  for (const { key, records } of recordings) {
    if (key.split('.')[0] !== kind.name) continue;
    const parsed = records.map((record) => parseRecord(key, Buffer.from(record, 'base64')));
    hash.update(JSON.stringify(stateAfter(kind, parsed)));
  }
  return hash.digest('hex');
}

function stateAfter(kind: ActorKind, records: readonly JournalRecord[]): unknown {
  const stepper = createStepper(kind.machine);
  let { snapshot } = stepper.start(records[0]?.input);
  for (const { events } of records) for (const event of events) ({ snapshot } = stepper.step(snapshot, event));
  return snapshot.context;
}

const stored = (context: unknown): unknown => {
  const { tree, version, conflicts } = context as { tree: unknown; version: number; conflicts: unknown };
  return { tree, version, conflicts };
};
