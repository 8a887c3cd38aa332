import {
  type PoolSpec,
  parseDuration,
  poolLimits,
  TuttiError,
  type WorkflowDefinition,
  type WorkflowStep,
} from '@tutti/contracts';
import { didYouMean } from '../file/suggest.ts';

/** One thing that a question changes. */
export interface Revision {
  /** What it is, for people: `cpu of the pool`, `"architect"`. */
  readonly what: string;
  readonly unit: 'ms' | 'units' | 'agents';
  readonly from: number;
  readonly to: number;
  /** What of it may be handed out at once, where that is another number: the plan says `pool 120 cpu` for 100 units. */
  readonly limit?: { readonly factor: number; readonly from: number; readonly to: number };
}

export interface RevisedWorkflow {
  readonly definition: WorkflowDefinition;
  readonly revisions: readonly Revision[];
  /** Ids of the steps whose estimate the question sets. */
  readonly asked: readonly string[];
}

/**
 * The workflow under other circumstances: `agents=5,cpu=200,architect=3m`. A key is `agents`, `cpu` or `memory` of the pool, a
 * named resource of it, a step or an agent (its estimate), or `step.cpu` and `step.memory` (its needs). Throws `bad_usage`.
 */
export function reviseWorkflow(definition: WorkflowDefinition, question: string): RevisedWorkflow {
  let revised = definition;
  const revisions: Revision[] = [];
  const asked: string[] = [];
  for (const part of question.split(',').map((text) => text.trim())) {
    const [key = '', value, ...rest] = part.split('=').map((text) => text.trim());
    if (key === '' || value === undefined || value === '' || rest.length > 0) {
      throw new TuttiError('bad_usage', `"${part}" is no change; write them as agents=5,cpu=200,architect=3m`);
    }
    const next = revise(revised, key, value);
    revised = next.definition;
    revisions.push(...next.revisions);
    asked.push(...next.asked);
  }
  return { definition: revised, revisions, asked };
}

const POOL_KEYS: Readonly<Record<string, 'concurrentAgents' | 'cpuUnits' | 'memoryUnits'>> = {
  agents: 'concurrentAgents',
  cpu: 'cpuUnits',
  memory: 'memoryUnits',
};

function revise(definition: WorkflowDefinition, key: string, value: string): RevisedWorkflow {
  const poolKey = Object.hasOwn(POOL_KEYS, key) ? POOL_KEYS[key] : undefined;
  if (poolKey !== undefined) {
    const { pool } = definition;
    const isCount = poolKey === 'concurrentAgents';
    const to = unitsOf(key, value, isCount);
    const told = { what: `${key} of the pool`, unit: isCount ? 'agents' : 'units', from: pool[poolKey], to } as const;
    const revised: PoolSpec = { ...pool, [poolKey]: to };
    const limit = poolKey === 'cpuUnits' ? limitOf(pool, revised) : {};
    return { definition: { ...definition, pool: revised }, revisions: [{ ...told, ...limit }], asked: [] };
  }
  const named = definition.pool.named ?? {};
  if (Object.hasOwn(named, key)) {
    const to = unitsOf(key, value, false);
    const pool: PoolSpec = { ...definition.pool, named: { ...named, [key]: to } };
    const told = { what: `"${key}" of the pool`, unit: 'units', from: named[key] ?? 0, to } as const;
    return { definition: { ...definition, pool }, revisions: [told], asked: [] };
  }
  return reviseSteps(definition, key, value);
}

function limitOf(before: PoolSpec, after: PoolSpec): Pick<Revision, 'limit'> {
  const factor = before.cpuOversubscription;
  return factor === 1 ? {} : { limit: { factor, from: poolLimits(before).cpu, to: poolLimits(after).cpu } };
}

function reviseSteps(definition: WorkflowDefinition, key: string, value: string): RevisedWorkflow {
  const dot = key.lastIndexOf('.');
  const unit = dot < 0 ? undefined : key.slice(dot + 1);
  const need = unit === 'cpu' || unit === 'memory' ? unit : undefined;
  const name = need === undefined ? key : key.slice(0, dot);
  const exact = definition.steps.filter(({ id }) => id === name);
  const meant = new Set(exact.length > 0 ? exact : definition.steps.filter(({ agent }) => agent === name));
  if (meant.size === 0) throw unknownKey(definition, key);
  const change = need === undefined ? estimateChange(key, value) : needChange(need, unitsOf(key, value, false));
  const revisions = [...meant].map(change.told);
  const steps = definition.steps.map((step) => (meant.has(step) ? change.apply(step) : step));
  const asked = need === undefined ? [...meant].map(({ id }) => id) : [];
  return { definition: { ...definition, steps }, revisions, asked };
}

interface StepChange {
  apply(step: WorkflowStep): WorkflowStep;
  told(step: WorkflowStep): Revision;
}

/** A question about durations is asked in the run's own time: no time scale is applied. */
function estimateChange(key: string, value: string): StepChange {
  const parsed = parseDuration(/^\d+(\.\d+)?$/.test(value) ? Number(value) : value);
  if (!parsed.ok) throw new TuttiError('bad_usage', `${key}: ${parsed.reason}`);
  const { minMs, maxMs } = parsed.value;
  const likelyMs = Math.round((minMs + maxMs) / 2);
  return {
    apply: (step) => ({ ...step, estimate: { ...step.estimate, minMs, likelyMs, maxMs } }),
    told: ({ id, estimate }) => ({ what: `"${id}"`, unit: 'ms', from: estimate.likelyMs, to: likelyMs }),
  };
}

const needChange = (unit: 'cpu' | 'memory', units: number): StepChange => ({
  apply: (step) => ({ ...step, needs: { ...step.needs, [unit]: units } }),
  told: ({ id, needs }) => ({ what: `${unit} of "${id}"`, unit: 'units', from: needs[unit], to: units }),
});

function unitsOf(key: string, value: string, isCount: boolean): number {
  const units = Number(value);
  const isGood =
    /^\d+(\.\d+)?$/.test(value) && units <= 1_000_000 && (!isCount || (Number.isInteger(units) && units > 0));
  if (isGood) return units;
  const wanted = isCount ? 'a whole number from 1' : 'a number of units from 0';
  throw new TuttiError('bad_usage', `${key}=${value}: ${wanted} is expected`);
}

function unknownKey({ steps, pool }: WorkflowDefinition, key: string): TuttiError {
  const known = [
    ...Object.keys(POOL_KEYS),
    ...Object.keys(pool.named ?? {}),
    ...steps.flatMap(({ id, agent }) => [id, agent]),
  ];
  const hint = didYouMean(key, known) ?? 'name agents, cpu, memory, a named resource, a step or an agent';
  return new TuttiError('bad_usage', `There is nothing called "${key}" to change; ${hint}`);
}
