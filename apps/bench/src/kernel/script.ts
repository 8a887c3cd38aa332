/** Takes one run of the seed DAG through its machine with no I/O at all: every effect is answered at once. */
import type { AnyMessage } from '@tutti/contracts';
import type { Effect, Step, Stepper } from '@tutti/kernel';
import { planWorkflow } from '@tutti/planner';
import type { CommitWanted, RunContext } from '@tutti/supervisor';
import { BODY, seedDag } from '../seed-dag/definition.ts';

type Event = { readonly type: string; readonly [key: string]: unknown };

const definition = seedDag();
const plan = planWorkflow(definition);
const POOL = { type: 'resource.answer', pool: 'default', waiting: [], refused: [], leaseMs: 10_000 };

/** Steps that one run takes, and the messages that it sent and was answered by. */
export interface Taken {
  readonly steps: number;
  readonly messages: readonly AnyMessage[];
  readonly outcome: unknown;
}

export function takeRun(stepper: Stepper, run: string): Taken {
  const messages: AnyMessage[] = [];
  let step: Step = stepper.start({ run, shard: 1, ownerEpoch: 1, owner: 'bench' });
  const queue: Event[] = [{ type: 'workflow.start', run, definition, plan, inputs: { task: BODY } }];
  let steps = 0;
  for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
    step = stepper.step(step.snapshot, { ...event, at: 1_000 + steps, from: 'bench' } as Event);
    steps += 1;
    for (const effect of step.effects) queue.push(...answersTo(effect, messages));
  }
  return { steps, messages, outcome: (step.snapshot.context as RunContext).outcome };
}

function answersTo(effect: Effect, messages: AnyMessage[]): readonly Event[] {
  if (effect.type === 'custom' && effect.params.name === 'place')
    return executed(effect.params.data as Event, messages);
  if (effect.type === 'custom' && effect.params.name === 'commit')
    return committed((effect.params.data as CommitWanted).message, messages);
  if (effect.type !== 'ask') return [];
  const { message } = effect.params;
  messages.push(message);
  if (message.type === 'resource.acquire') return [{ ...POOL, granted: message.requests.map(({ lease }) => lease) }];
  if (message.type === 'context.open') return [{ type: 'context.opened', run: message.run, version: 0, commits: [] }];
  return [];
}

function committed(message: CommitWanted['message'], messages: AnyMessage[]): readonly Event[] {
  messages.push(message);
  const paths = message.writes.map(({ path }) => path);
  const { step, epoch, base } = message;
  return [{ type: 'context.committed', step, epoch, version: base + 1, duplicate: false, paths, conflicts: [] }];
}

/** Placed, and done at once. */
function executed(place: Event, messages: AnyMessage[]): readonly Event[] {
  const { step, attempt, epoch } = place as unknown as { step: string; attempt: number; epoch: number };
  const ref = { run: 'bench', step, attempt, epoch, instance: `${step}-1` };
  const writes = [{ op: 'set' as const, path: `/${step}/doc`, value: BODY }];
  const times = { base: 0, startedAtMs: 1, endedAtMs: 2 };
  const outcome = { ...ref, ...times, role: step, result: { status: 'succeeded' as const, writes } };
  messages.push({ type: 'attempt.outcome', ...outcome });
  return [
    { type: 'attempt.placed', ...ref },
    { type: 'attempt.outcome', ...outcome },
  ];
}
