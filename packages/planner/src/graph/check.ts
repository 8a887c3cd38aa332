import {
  countValidations,
  type FindingCode,
  type Place,
  poolLimits,
  WORKFLOW_LIMITS,
  type WorkflowDefinition,
  type WorkflowStep,
} from '@tutti/contracts';
import { type FindingList, findingList } from '../file/findings.ts';
import { refusal } from '../file/refusal.ts';
import { edgeKey, type Sources } from '../file/resolution.ts';
import { didYouMean } from '../file/suggest.ts';
import { buildGraph, findCycles, type Graph, topologicalOrder } from './graph.ts';

/**
 * What no definition may break, wherever it comes from: ids that exist once, references that hold, steps that fit the
 * pool, and no cycle. Returns the graph for the planner, which needs the same arrays.
 */
export function checkDefinition(definition: WorkflowDefinition, findings: FindingList, sources?: Sources): Checked {
  const check: Check = { definition, findings, sources };
  const graph = buildGraph(definition);
  checkIds(check);
  checkReferences(check, graph);
  for (const step of definition.steps) checkFits(check, step);
  checkValidations(check);
  const order = topologicalOrder(graph);
  if (order.length < graph.nodes) reportCycles(check, graph, order);
  return { graph, order };
}

export interface Checked {
  readonly graph: Graph;
  readonly order: Int32Array;
}

/** As `checkDefinition`, for a definition that is to be planned: throws `bad_file` or `unplannable`. */
export function assertPlannable(definition: WorkflowDefinition, sources?: Sources): Checked {
  const findings = findingList(sources?.file ?? definition.id);
  const checked = checkDefinition(definition, findings, sources);
  if (findings.hasErrors()) throw refusal(findings.list(), findings.file);
  return checked;
}

interface Check {
  readonly definition: WorkflowDefinition;
  readonly findings: FindingList;
  readonly sources: Sources | undefined;
}

const placeOfStep = ({ findings, sources }: Check, id: string): Place =>
  sources?.steps.get(id) ?? { file: findings.file, line: 1, col: 1 };

const placeOfEdge = (check: Check, to: string, from: string): Place =>
  check.sources?.edges.get(edgeKey(to, from))?.[0]?.place ?? placeOfStep(check, to);

function checkIds(check: Check): void {
  const seen = new Set<string>();
  for (const { id } of check.definition.steps) {
    if (seen.has(id)) check.findings.add('duplicate_id', placeOfStep(check, id), `two steps have the id "${id}"`);
    seen.add(id);
  }
  for (const { id } of check.definition.groups) {
    const at = check.sources?.groups.get(id) ?? placeOfStep(check, id);
    if (seen.has(id)) check.findings.add('duplicate_id', at, `the id "${id}" stands for two things`);
    seen.add(id);
  }
}

function checkReferences(check: Check, graph: Graph): void {
  const barriers = new Set(check.definition.groups.filter(({ barrier }) => barrier !== undefined).map(({ id }) => id));
  const unknown = (code: FindingCode, stepId: string, id: string): void => {
    const suggestion = () => didYouMean(id, [...graph.stepIndex.keys(), ...barriers]);
    check.findings.add(code, placeOfStep(check, stepId), `"${stepId}" names "${id}", which is not there`, {
      suggestion,
    });
  };
  for (const step of check.definition.steps) {
    for (const { kind, id } of step.waitsFor) {
      if (!(kind === 'step' ? graph.stepIndex.has(id) : barriers.has(id))) unknown('unknown_step', step.id, id);
    }
    for (const { from } of step.inputs) {
      for (const id of from) if (!graph.stepIndex.has(id)) unknown('unknown_producer', step.id, id);
    }
    for (const id of step.validates) if (!graph.stepIndex.has(id)) unknown('unknown_step', step.id, id);
  }
  checkMembers(check, graph);
}

/** A group's list and its members' own word must agree: the run follows the one, the barrier the other. */
function checkMembers(check: Check, graph: Graph): void {
  const groupOf = new Map(check.definition.groups.flatMap(({ id, steps }) => steps.map((step) => [step, id] as const)));
  for (const group of check.definition.groups) {
    for (const id of group.steps) {
      if (graph.stepIndex.has(id)) continue;
      const at = check.sources?.groups.get(group.id) ?? placeOfStep(check, id);
      check.findings.add('unknown_step', at, `the group "${group.id}" names "${id}", which is not there`);
    }
  }
  for (const { id, groupId } of check.definition.steps) {
    if (groupOf.get(id) === groupId) continue;
    const message = `"${id}" says its group is "${groupId ?? 'none'}", the groups say "${groupOf.get(id) ?? 'none'}"`;
    check.findings.add('bad_value', placeOfStep(check, id), message);
  }
}

/** Each validation is an attempt of its own, with its own events: a run of very many would tell of little else. */
function checkValidations({ definition, findings, sources }: Check): void {
  const count = countValidations(definition);
  if (count <= WORKFLOW_LIMITS.validations) return;
  const group = definition.groups.find(({ crossValidation }) => crossValidation?.enabled === true)?.id ?? '';
  const at = sources?.partOf(group, 'cross_validation') ?? { file: findings.file, line: 1, col: 1 };
  const message = `the groups ask for ${count} validations; the limit is ${WORKFLOW_LIMITS.validations}`;
  const suggestion = 'name fewer "validation_agents", or set "enabled: false" where nobody has to judge';
  findings.add('too_many', at, message, { suggestion });
}

function checkFits(check: Check, step: WorkflowStep): void {
  const limits = poolLimits(check.definition.pool);
  for (const resource of ['cpu', 'memory'] as const) {
    const needed = step.needs[resource];
    if (needed <= limits[resource]) continue;
    reportTooLarge(check, step, resource, `${resource} units`, needed, limits[resource]);
  }
  const named = check.definition.pool.named ?? {};
  for (const [resource, needed] of Object.entries(step.uses ?? {})) {
    const units = Object.hasOwn(named, resource) ? named[resource] : undefined;
    if (units === undefined) reportUnknownResource(check, step, resource);
    else if (needed > units) reportTooLarge(check, step, 'resources', `units of "${resource}"`, needed, units);
  }
}

function reportTooLarge(
  check: Check,
  { id }: WorkflowStep,
  key: string,
  of: string,
  needed: number,
  has: number,
): void {
  const message = `"${id}" needs ${needed} ${of}; the whole pool has ${has}`;
  const suggestion = 'lower the need, raise the pool, or split the step';
  const at = check.sources?.partOf(id, 'resource_requirements', key) ?? placeOfStep(check, id);
  check.findings.add('never_fits', at, message, { suggestion });
}

function reportUnknownResource(check: Check, { id }: WorkflowStep, resource: string): void {
  const known = Object.keys(check.definition.pool.named ?? {});
  const suggestion = () => didYouMean(resource, known) ?? 'declare it under "pool": resources: {name: units}';
  const at = check.sources?.partOf(id, 'resource_requirements', 'resources') ?? placeOfStep(check, id);
  check.findings.add('unknown_resource', at, `the pool has no resource "${resource}"`, { suggestion });
}

function reportCycles(check: Check, graph: Graph, order: Int32Array): void {
  for (const cycle of findCycles(graph, order)) {
    const names = cycle.map((node) => graph.ids[node] ?? '');
    const [first = ''] = names;
    const shown =
      names.length > 50 ? [...names.slice(0, 49), `… ${names.length - 50} more …`, names.at(-1) ?? ''] : names;
    const firstStep = cycle.find((node) => node < graph.steps);
    const at = placeOfEdge(check, graph.ids[firstStep ?? 0] ?? first, names.at(-1) ?? first);
    const message = `${[...shown, first].join(' → ')} wait for each other in a circle`;
    check.findings.add('cycle', at, message, {
      suggestion: 'take one of these dependencies away, or make it "context"',
    });
  }
}
