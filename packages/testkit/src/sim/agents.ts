/** Scripted agents: what an attempt does follows from the seed, the run, the step and the number of the attempt. */
import { type AgentDefinition, defineAgent, type Judgement, type RunArgs, type ValidateArgs } from '@tutti/agent';
import type { SimProcess } from './process.ts';
import { seeded } from './random.ts';
import type { Worked } from './trace.ts';

export const BEHAVIOURS = ['works', 'throws', 'hangs', 'ignores', 'misshapes', 'overlaps'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

export interface AgentScript {
  readonly seed: number;
  /** Share of attempts that misbehave. */
  readonly mischief: number;
  /** Longest work, ms. */
  readonly maxWorkMs: number;
}

/** Roles that every agent process offers. */
export const ROLES_OF_AGENTS = ['analyst', 'pm', 'ux', 'architect', 'developer', 'qa'] as const;

/** The role of an agent process that joins late: until then nobody offers it. */
export const LATE_ROLE = 'reviewer';

/** Where attempts that overlap write; steps that may do so declare it. */
export const SHARED_ROOT = '/shared';
const SHARED_PLACES = 2;

/** An output schema with no library: a result that holds a text. */
const textResult = {
  '~standard': {
    version: 1,
    vendor: 'tutti-testkit',
    validate: (value: unknown) =>
      typeof (value as { text?: unknown } | null)?.text === 'string'
        ? { value: value as { text: string } }
        : { issues: [{ message: 'text must be a string' }] },
    types: undefined as { readonly input: { text: string }; readonly output: { text: string } } | undefined,
  },
} as const;

interface Plan {
  readonly behaviour: Behaviour;
  readonly workMs: number;
  readonly place: number;
  /** Characters that the result is larger than its name. */
  readonly bulk: number;
  /** Whether it looks at what others write, half-way. */
  readonly looks: boolean;
}

/** Share of attempts that read the shared root while others may be writing to it. */
const LOOKS = 0.3;

/** Share of large results, and their size: more than the codec sends as it is, less than would slow the simulation down. */
const BULKY = 0.2;
const BULK_CHARS = { from: 1_000, to: 6_000 };

function planOf(script: AgentScript, { run, step, attempt }: RunArgs<unknown>): Plan {
  const random = seeded(script.seed, `script/${run}/${step}/${attempt}`);
  const misbehaves = random.chance(script.mischief);
  const behaviour = misbehaves
    ? random.pick(['throws', 'hangs', 'ignores', 'misshapes'] as const)
    : random.pick(['works', 'overlaps'] as const);
  const bulk = random.chance(BULKY) ? Math.round(random.between(BULK_CHARS.from, BULK_CHARS.to)) : 0;
  const workMs = random.between(0, script.maxWorkMs);
  return { behaviour, workMs, place: random.int(SHARED_PLACES), bulk, looks: random.chance(LOOKS) };
}

/** The agents of one process. What they write names the attempt, so that a checker can find every write again. */
export function scriptedAgents(
  process: SimProcess,
  script: AgentScript,
  roles: readonly string[] = ROLES_OF_AGENTS,
): AgentDefinition[] {
  return roles.map(
    (name) =>
      defineAgent({
        name,
        output: textResult,
        run: (args: RunArgs) => noted(process, script, args),
        ...(JUDGES.has(name) ? { validate: (args: ValidateArgs) => notedVerdict(process, script, args) } : {}),
      }) as AgentDefinition,
  );
}

/** Those that judge when they are asked to; the others say that they do not. */
const JUDGES: ReadonlySet<string> = new Set(['analyst', 'pm', 'ux', 'architect', 'reviewer']);

async function notedVerdict(process: SimProcess, script: AgentScript, args: ValidateArgs): Promise<Judgement> {
  const ended = begun(process, args);
  const name = `${args.run}/${args.step}/${args.attempt}`;
  process.working.add(name);
  return verdictOf(process, script, args).finally(() => {
    ended();
    process.working.delete(name);
  });
}

type Attempt = Pick<RunArgs, 'run' | 'step' | 'attempt' | 'signal'>;

/** Writes down that an attempt began, and, when it is told to stop or calls what it gets, that it ended. */
function begun(process: SimProcess, { run, step, attempt, signal }: Attempt): () => void {
  const { time, trace } = process.world;
  const say = (phase: Worked['phase']): void =>
    trace.add({ kind: 'worked', at: time.elapsed, process: process.name, run, step, attempt, phase });
  let hasEnded = false;
  const ended = (): void => {
    if (!hasEnded) say('ends');
    hasEnded = true;
  };
  say('begins');
  if (signal.aborted) ended();
  else signal.addEventListener('abort', ended, { once: true });
  return ended;
}

/** It judges at once or after a while, throws, or never comes back by itself. What it judges must be a result. */
async function verdictOf(process: SimProcess, script: AgentScript, args: ValidateArgs): Promise<Judgement> {
  const { run, step, attempt, signal, output, of } = args;
  const random = seeded(script.seed, `verdict/${run}/${step}/${attempt}`);
  await pause(process, random.between(0, script.maxWorkMs), signal);
  if (random.chance(script.mischief)) {
    if (random.chance(0.5)) throw new Error(`scripted failure to judge ${of}`);
    return pause(process, Number.POSITIVE_INFINITY, signal).then(() => ({ ok: true, findings: [] }));
  }
  if (typeof (output as { text?: unknown } | undefined)?.text !== 'string')
    throw new Error(`${of} gave no text, and its result was to be judged: ${JSON.stringify(output)}`);
  const ok = random.chance(0.7);
  return { ok, findings: ok ? [] : [{ path: '/text', message: `not to the taste of ${step}`, severity: 'warning' }] };
}

/** The process knows what works in it and would stop if it were told. */
async function noted(process: SimProcess, script: AgentScript, args: RunArgs): Promise<{ text: string }> {
  const ended = begun(process, args);
  const name = `${args.run}/${args.step}/${args.attempt}`;
  if (planOf(script, args).behaviour !== 'ignores') process.working.add(name);
  return work(process, script, args).finally(() => {
    ended();
    process.working.delete(name);
  });
}

async function work(process: SimProcess, script: AgentScript, args: RunArgs): Promise<{ text: string }> {
  const { behaviour, workMs, place, bulk, looks } = planOf(script, args);
  const { run, step, attempt, signal } = args;
  await pause(process, workMs / 2, behaviour === 'ignores' ? undefined : signal);
  args.progress(0.5);
  // A store that does not answer is no reason to fail: what is read only has to be right.
  if (looks) await args.context.read(SHARED_ROOT).catch(() => undefined);
  await pause(process, workMs / 2, behaviour === 'ignores' ? undefined : signal);
  if (step.endsWith(CONTESTING)) args.context.set(CONTESTED, `${run}/${step}/${attempt}@${process.ids.next()}`);
  const text = `${run}/${step}/${attempt}@${process.name}/${process.ids.next()}${'~'.repeat(bulk)}`;
  switch (behaviour) {
    case 'throws':
      throw new Error(`scripted failure of ${step}, attempt ${attempt}`);
    case 'hangs':
      return pause(process, Number.POSITIVE_INFINITY, signal).then(() => ({ text }));
    case 'ignores':
      return pause(process, IGNORES_FOR_MS, undefined).then(() => ({ text }));
    case 'misshapes':
      return { text: 7 } as unknown as { text: string };
    case 'overlaps':
      if (mayOverlap(step)) args.context.set(`${SHARED_ROOT}/p${place}`, text);
      return { text };
    default:
      return { text };
  }
}

/** Longer than any step's time-out and the grace after it: the function comes back when nobody waits any more. */
const IGNORES_FOR_MS = 20_000;

/** Steps with this ending declare that they write to the shared root. */
export const OVERLAPPING = 'w';
const mayOverlap = (step: string): boolean => step.endsWith(OVERLAPPING);

/** Steps with this ending write to one place of the shared root, whatever else they do. */
export const CONTESTING = '_c';
const CONTESTED = `${SHARED_ROOT}/contested`;

/** Waits on the process's clock; an aborted signal ends it with the signal's reason. */
function pause(process: SimProcess, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = Number.isFinite(ms) ? process.clock.after(ms, () => resolve()) : undefined;
    const stop = (): void => {
      timer?.cancel();
      reject(signal?.reason);
    };
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
