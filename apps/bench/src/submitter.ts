/** Submits runs by the client and hears their ends by one plain subscription, as any program could. */
import { type Bus, decodeJson } from '@tutti/bus';
import { createClient } from '@tutti/client';
import { createSubjects, TuttiError, tuttiEvent, type WorkflowDefinition, type WorkflowJson } from '@tutti/contracts';

interface Waiting {
  readonly done: (end: RunEnd) => void;
  readonly failed: (error: Error) => void;
}

/** What a run says of itself at its end. */
export interface RunEnd {
  /** From its beginning until its last step and group were over, as `tutti run` tells it. */
  readonly makespanMs: number;
}

/** Submits a run and resolves when it has ended well. */
export type Submit = (
  definition: WorkflowDefinition,
  inputs: Readonly<Record<string, WorkflowJson>>,
) => Promise<RunEnd>;

/** A run that does not end well ends the bench: a figure of failed runs would say nothing. */
export async function createSubmitter(bus: Bus): Promise<Submit> {
  const client = createClient({ bus });
  const waiting = new Map<string, Waiting>();
  const prefix = `bench-${process.pid}`;
  let count = 0;
  const ends = createSubjects().of('runEvent', { run: '*', noun: 'run', verb: 'finished' });
  bus.subscribe(ends, ({ data }) => {
    const { run = '', data: body } = tuttiEvent.parse(decodeJson(data));
    const who = waiting.get(run);
    waiting.delete(run);
    if (body['outcome'] === 'succeeded') return who?.done({ makespanMs: Number(body['makespanMs']) });
    who?.failed(new TuttiError('internal_error', `Run ${run} ended ${JSON.stringify(body)}`));
  });
  await bus.flush();
  return async (definition, inputs) => {
    const run = `${prefix}-${++count}`;
    const ended = new Promise<RunEnd>((done, failed) => waiting.set(run, { done, failed }));
    const [end] = await Promise.all([ended, client.submit({ run, definition, inputs })]);
    return end;
  };
}
