import {
  type PlanEdge,
  poolLimits,
  WORKFLOW_LIMITS,
  type WorkflowDefinition,
  type WorkflowStep,
} from '@tutti/contracts';
import { edgeKey, type Sources } from '../file/resolution.ts';
import type { Graph } from '../graph/graph.ts';
import { reachability } from '../graph/reach.ts';

/** Pairs of steps are compared up to this many steps: a list of thousands of rivals explains nothing. */
const RIVAL_STEPS = 200;

/** Every edge of the workflow with its reason, up to the limit; the schedule honours all of them, listed or not. */
export function planEdges(
  definition: WorkflowDefinition,
  graph: Graph,
  order: Int32Array,
  sources?: Sources,
): PlanEdge[] {
  const list: EdgeList = { edges: [], sources };
  const members = new Map(definition.groups.map(({ id, steps }) => [id, steps]));
  for (const step of definition.steps) {
    addContext(list, step, addBlocking(list, step, members));
    if (list.edges.length >= WORKFLOW_LIMITS.planEdges) break;
  }
  for (const group of definition.groups) {
    if (group.crossValidation?.enabled === true)
      addCrossValidation(list, definition, group.id, group.steps, group.crossValidation.agents);
  }
  if (definition.steps.length <= RIVAL_STEPS) addRivals(list, definition, graph, order);
  return list.edges;
}

interface EdgeList {
  readonly edges: PlanEdge[];
  readonly sources: Sources | undefined;
}

function add(list: EdgeList, edge: Omit<PlanEdge, 'why' | 'place'>, why: string): void {
  if (list.edges.length >= WORKFLOW_LIMITS.planEdges) return;
  const source = list.sources?.edges.get(edgeKey(edge.to, edge.from));
  if (source === undefined) list.edges.push({ ...edge, why });
  else list.edges.push({ ...edge, why: source.why, place: source.place });
}

/** Returns the steps that this one waits for, each once, be it by itself or through a group. */
function addBlocking(
  list: EdgeList,
  step: WorkflowStep,
  members: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const validated = new Set(step.validates);
  const waits = new Set<string>();
  for (const { kind, id } of step.waitsFor) {
    for (const from of kind === 'step' ? [id] : (members.get(id) ?? [])) {
      if (waits.has(from)) continue;
      waits.add(from);
      const edge = { from, to: step.id, blocking: true };
      if (kind === 'group') {
        const why = `"${step.id}" waits for the barrier of "${id}"`;
        add(list, { type: 'data', ...edge, viaGroup: id }, why);
      } else add(list, { type: validated.has(from) ? 'validation' : 'data', ...edge }, whyOf(step, from));
    }
  }
  return waits;
}

const whyOf = (step: WorkflowStep, from: string): string => {
  const input = step.inputs.find((candidate) => candidate.required && candidate.from.includes(from));
  return input === undefined ? `"${step.id}" depends on "${from}"` : `"${step.id}" takes "${input.ref}"`;
};

function addContext(list: EdgeList, step: WorkflowStep, waits: ReadonlySet<string>): void {
  const taken = new Set<string>();
  for (const { required, from, ref } of step.inputs) {
    if (required) continue;
    for (const id of from) {
      if (waits.has(id) || taken.has(id)) continue;
      taken.add(id);
      const why = `"${step.id}" takes "${ref}" if it is there`;
      add(list, { type: 'context', from: id, to: step.id, blocking: false }, why);
    }
  }
}

/** Each validating agent looks at every other member once the join is over; nobody waits for it. */
function addCrossValidation(
  list: EdgeList,
  definition: WorkflowDefinition,
  groupId: string,
  members: readonly string[],
  agents: readonly string[],
): void {
  const validators = definition.steps.filter(({ agent }) => agents.includes(agent));
  for (const from of members) {
    for (const { id: to } of validators) {
      if (from === to) continue;
      const why = `"${to}" validates "${from}" after the join of "${groupId}"`;
      if (list.edges.length >= WORKFLOW_LIMITS.planEdges) return;
      list.edges.push({ type: 'validation', from, to, blocking: false, viaGroup: groupId, why });
    }
  }
}

/** Steps that no edge keeps apart and that still cannot run together. */
function addRivals(list: EdgeList, definition: WorkflowDefinition, graph: Graph, order: Int32Array): void {
  const limits = poolLimits(definition.pool);
  const reach = reachability(graph, order);
  definition.steps.forEach((a, first) => {
    definition.steps.slice(first + 1).forEach((b, offset) => {
      const scarce = (['cpu', 'memory'] as const).find((name) => a.needs[name] + b.needs[name] > limits[name]);
      if (scarce === undefined || !reach.areParallel(first, first + 1 + offset)) return;
      const why = `together they need ${a.needs[scarce] + b.needs[scarce]} of ${limits[scarce]} ${scarce} units`;
      add(list, { type: 'resource', from: a.id, to: b.id, blocking: false }, why);
    });
  });
}
