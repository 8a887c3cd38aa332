/** The first event of a run, and the same one again. */
import { areSameInputs, type Received } from '@tutti/contracts';
import { armSync, consider } from './admit.ts';
import { stopRun } from './finish.ts';
import type { RunContext } from './model.ts';
import { FRESH_GROUP, FRESH_STEP } from './model.ts';
import { openContext } from './open.ts';
import { Turn, type TurnOptions } from './turn.ts';

/** What a workflow actor is created with: who owns it. Everything else comes with `workflow.start`. */
export interface RunInput {
  readonly run: string;
  readonly shard: number;
  readonly ownerEpoch: number;
  readonly owner: string;
}

/** The state of a run that was not started yet. */
export function blankRun(input: RunInput, leaseMs: number): RunContext {
  return {
    ...input,
    definition: BLANK.definition as RunContext['definition'],
    plan: BLANK.plan as RunContext['plan'],
    inputs: {},
    phase: 'new',
    surveying: false,
    submittedAtMs: 0,
    begunAtMs: 0,
    retries: 0,
    dueAtMs: 0,
    attempts: 0,
    seq: 0,
    steps: [],
    groups: {},
    opened: false,
    version: 0,
    conflicts: [],
    signals: {},
    leaseMs,
  };
}

/** Stands for a definition and a plan until the first event brings them. */
const BLANK: unknown & { definition: unknown; plan: unknown } = {
  definition: { steps: [], groups: [] },
  plan: { steps: [], hash: '' },
};

export function start(run: RunContext, event: Received<'workflow.start'>, options: TurnOptions): Turn {
  const { definition, plan, inputs, pool = definition.pool } = event;
  const entries = [...definition.steps, ...(plan.validations ?? [])];
  const steps = entries.map(() => FRESH_STEP);
  const barriers = definition.groups.filter((g) => g.barrier !== undefined);
  const groups = Object.fromEntries(barriers.map((g) => [g.id, FRESH_GROUP]));
  const turn = new Turn(
    {
      ...{ ...run, definition, plan, inputs, phase: 'running' as const, steps, groups },
      ...{ submittedAtMs: event.at, begunAtMs: event.at, dueAtMs: event.at + definition.timeoutMs },
    },
    event.at,
    options,
  );
  turn.reply({ type: 'run.accepted', run: run.run, planHash: plan.hash, duplicate: false });
  const { makespanMs: plannedMs, lowerBoundMs, sequentialMs, criticalPath } = plan;
  turn.emit({
    type: 'run.submitted',
    data: {
      workflow: definition.id,
      planHash: plan.hash,
      steps: definition.steps.length,
      plannedMs,
      lowerBoundMs,
      sequentialMs,
      criticalPath,
      pool: { cpu: pool.cpuUnits, memory: pool.memoryUnits, agents: pool.concurrentAgents },
    },
  });
  openContext(turn);
  armSync(turn);
  armRunTimeout(turn);
  for (const { id } of definition.steps) consider(turn, id);
  return turn;
}

/** What is left of the run's own time-out. */
export function armRunTimeout(turn: Turn): void {
  turn.timer('run', turn.run.dueAtMs - turn.at, { type: 'timer.run' });
}

/** The same submission again is answered alike; another one under the same id is refused. */
export function startAgain(turn: Turn, event: Received<'workflow.start'>): void {
  const { run, plan, inputs, definition } = turn.run;
  const same = event.plan.hash === plan.hash && areSameInputs(definition, event.inputs, inputs);
  if (same) return turn.reply({ type: 'run.accepted', run, planHash: plan.hash, duplicate: true });
  const message = `A run "${run}" exists with another definition or other inputs; choose another id`;
  turn.reply({ type: 'error', error: { code: 'run_exists', message, retryable: false } });
}

export function outOfTime(turn: Turn): void {
  const limit = turn.run.definition.timeoutMs;
  stopRun(turn, 'timed_out', `the run took longer than its time-out of ${limit} ms`, {
    code: 'run_timeout',
    message: `The run took longer than ${limit} ms`,
    retryable: false,
  });
}

/** What is left of the run's journal is kept for its end: it ends now, while that can still be written. */
export function outOfRoom(turn: Turn): void {
  const message = 'The journal of the run is full but for its end; split the workflow, or let it repeat less';
  stopRun(turn, 'failed', message, { code: 'log_full', message, retryable: false });
}
