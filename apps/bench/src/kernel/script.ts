/** Takes one run through its machine with no I/O at all: every effect is answered at once. */
import type { AnyMessage, WorkflowDefinition } from '@tutti/contracts';
import type { Effect, Step, Stepper } from '@tutti/kernel';
import { planWorkflow } from '@tutti/planner';
import type { CommitWanted, RunContext } from '@tutti/supervisor';
import { BODY, seedDag } from '../seed-dag/definition.ts';

export type Event = { readonly type: string; readonly [key: string]: unknown };

const POOL = { type: 'resource.answer', pool: 'default', waiting: [], refused: [], leaseMs: 10_000 };

/** A workflow, planned once for all its runs. */
export type Work = Pick<Extract<AnyMessage, { type: 'workflow.start' }>, 'definition' | 'plan'>;

export const workOf = (definition: WorkflowDefinition): Work => ({ definition, plan: planWorkflow(definition) });
const SEED = workOf(seedDag());

/** Steps that one run takes, and the messages that it sent and was answered by. */
export interface Taken {
  readonly steps: number;
  readonly messages: readonly AnyMessage[];
  readonly outcome: unknown;
}

/** What every run's machine is started with. */
export const inputOf = (run: string) => ({ run, shard: 1, ownerEpoch: 1, owner: 'bench' });

/** `seen`: told of each event as it is stepped. */
export function takeRun(stepper: Stepper, run: string, work = SEED, seen?: (event: Event) => void): Taken {
  const messages: AnyMessage[] = [];
  let step: Step = stepper.start(inputOf(run));
  const queue: Event[] = [{ type: 'workflow.start', run, ...work, inputs: { task: BODY } }];
  let steps = 0;
  for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
    const timed = { ...event, at: 1_000 + steps, from: 'bench' };
    step = stepper.step(step.snapshot, timed);
    steps += 1;
    seen?.(timed);
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
