import type { Plan, PlanEdge, PlanStep, WorkflowDefinition } from '@tutti/contracts';
import { type PoolResource, poolResources, type Shortage, shortageAt } from './usage.ts';

/** What holds a step until its planned start. */
export type Hold =
  /** Nothing: it starts with the run. */
  | { readonly kind: 'nothing' }
  /** What it waits for ends just then. */
  | { readonly kind: 'edges'; readonly edges: readonly PlanEdge[] }
  /** Its inputs are there from `readyMs` on, and the pool has no room before. */
  | { readonly kind: 'resource'; readonly readyMs: number; readonly shortage: Shortage }
  /** It could start at `couldMs`; the plan as a whole is no longer for it. */
  | { readonly kind: 'choice'; readonly couldMs: number };

export interface StepExplanation {
  readonly step: PlanStep;
  readonly hold: Hold;
  /** The same for each step that held the one before it, back to the start of the run. */
  readonly chain: readonly { readonly step: PlanStep; readonly hold: Hold }[];
  /** Context and validation edges, and rivals: what has to do with the step and does not hold it. */
  readonly free: readonly PlanEdge[];
  /** What waits for it. */
  readonly holdsUp: readonly PlanEdge[];
}

/** Why a step starts when it starts, told from the plan. Undefined when the plan has no such step. */
export function explainStep(definition: WorkflowDefinition, plan: Plan, id: string): StepExplanation | undefined {
  const view = viewOf(definition, plan);
  const step = view.byId.get(id);
  if (step === undefined) return undefined;
  const hold = holdOf(view, step);
  return {
    step,
    hold,
    chain: chainOf(view, step, hold),
    free: plan.edges.filter(({ from, to, blocking }) => !blocking && (to === id || from === id)),
    holdsUp: plan.edges.filter(({ from, blocking }) => blocking && from === id),
  };
}

interface View {
  readonly plan: Plan;
  readonly byId: ReadonlyMap<string, PlanStep>;
  readonly resources: readonly PoolResource[];
  /** The blocking edges into each step. */
  readonly into: ReadonlyMap<string, readonly PlanEdge[]>;
}

function viewOf(definition: WorkflowDefinition, plan: Plan): View {
  const into = new Map<string, PlanEdge[]>();
  for (const edge of plan.edges) {
    if (!edge.blocking) continue;
    const list = into.get(edge.to);
    if (list === undefined) into.set(edge.to, [edge]);
    else list.push(edge);
  }
  return {
    plan,
    byId: new Map(plan.steps.map((step) => [step.id, step])),
    resources: poolResources(definition),
    into,
  };
}

function holdOf(view: View, step: PlanStep): Hold {
  const startMs = step.plannedStartMs;
  const edges = view.into.get(step.id) ?? [];
  const endOf = ({ from }: PlanEdge): number => view.byId.get(from)?.plannedEndMs ?? 0;
  const readyMs = Math.max(0, ...edges.map(endOf));
  if (readyMs >= startMs) {
    return startMs === 0 && edges.length === 0
      ? { kind: 'nothing' }
      : { kind: 'edges', edges: edges.filter((edge) => endOf(edge) === readyMs) };
  }
  // Room comes only where something ends: between those moments nothing changes for the better.
  const moments = [readyMs, ...view.plan.steps.map(({ plannedEndMs }) => plannedEndMs)];
  const tried = [...new Set(moments.filter((at) => at >= readyMs && at < startMs))].toSorted((a, b) => a - b);
  let last: Shortage | undefined;
  for (const atMs of tried) {
    const shortage = shortageAt(view.plan, view.resources, step, atMs);
    if (shortage === undefined) return { kind: 'choice', couldMs: atMs };
    last = shortage;
  }
  return last === undefined ? { kind: 'nothing' } : { kind: 'resource', readyMs, shortage: last };
}

/** Back along what ended just when the next one could start. */
function chainOf(view: View, step: PlanStep, hold: Hold): StepExplanation['chain'] {
  const chain: { step: PlanStep; hold: Hold }[] = [];
  const seen = new Set([step.id]);
  let before = holderOf(view, step, hold);
  while (before !== undefined && !seen.has(before.id)) {
    seen.add(before.id);
    const its = holdOf(view, before);
    chain.push({ step: before, hold: its });
    before = holderOf(view, before, its);
  }
  return chain;
}

function holderOf(view: View, step: PlanStep, hold: Hold): PlanStep | undefined {
  if (hold.kind === 'edges') return view.byId.get(hold.edges[0]?.from ?? '');
  if (hold.kind !== 'resource') return undefined;
  return hold.shortage.holders.find(({ plannedEndMs }) => plannedEndMs === step.plannedStartMs);
}
