import {
  type PlanEdge,
  type Validation,
  validationsOf,
  WORKFLOW_LIMITS,
  type WorkflowDefinition,
  type WorkflowStep,
} from '@tutti/contracts';
import { edgeKey, type Sources } from '../file/resolution.ts';
import type { Graph } from '../graph/graph.ts';
import { rivalries } from './rivals.ts';

/** Every edge of the workflow with its reasons, up to the limit; the schedule honours all that block, listed or not. */
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
  addCrossValidation(list, validationsOf(definition));
  for (const rivalry of rivalries(definition, graph, order)) {
    const place = sources?.partOf(rivalry.to, 'resource_requirements');
    push(list, { type: 'resource', blocking: false, ...rivalry, ...(place === undefined ? {} : { place }) });
  }
  return list.edges;
}

interface EdgeList {
  readonly edges: PlanEdge[];
  readonly sources: Sources | undefined;
}

function push(list: EdgeList, edge: PlanEdge): void {
  if (list.edges.length < WORKFLOW_LIMITS.planEdges) list.edges.push(edge);
}

/** With the file's own reasons where it is known; `why` says it for a definition that never was a file. */
function add(list: EdgeList, edge: Omit<PlanEdge, 'why' | 'place'>, why: string): void {
  const [source, ...others] = list.sources?.edges.get(edgeKey(edge.to, edge.from)) ?? [];
  if (source === undefined) push(list, { ...edge, why });
  else if (others.length === 0) push(list, { ...edge, ...source });
  else push(list, { ...edge, ...source, reasons: [source, ...others] });
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
      const edge = { type: validated.has(from) ? 'validation' : 'data', from, to: step.id, blocking: true } as const;
      if (kind === 'group') add(list, { ...edge, viaGroup: id }, `"${step.id}" waits for the barrier of "${id}"`);
      else add(list, edge, validated.has(from) ? `"${step.id}" validates "${from}"` : whyOf(step, from));
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

/** What is judged once a join is over; nobody waits for it. One that no step of the workflow stands for has no edge. */
function addCrossValidation(list: EdgeList, validations: readonly Validation[]): void {
  for (const { group, validator, of: from, as: to } of validations) {
    if (to === undefined) continue;
    const place = list.sources?.partOf(group, 'cross_validation');
    const why = `"${validator}" validates "${from}" after the join of "${group}"`;
    const edge = { type: 'validation', from, to, blocking: false, viaGroup: group, why } as const;
    push(list, place === undefined ? edge : { ...edge, place });
  }
}
