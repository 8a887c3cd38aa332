import type { WorkflowStep } from '@tutti/contracts';
import type { Part } from '../file/resolution.ts';
import { REACH_LIMIT, type Reach, reachability } from '../graph/reach.ts';
import { type Lint, placeOf } from './place.ts';

interface Writer {
  readonly step: WorkflowStep;
  readonly node: number;
  readonly path: string;
  /** For sorting: a separator comes before every other character, so that `/a/b` stands before `/a-b`. */
  readonly key: string;
}

/** Steps that may run at once and declare to write the same path, or one inside the other's. */
export function lintWriters(lint: Lint): void {
  if (lint.definition.steps.length > REACH_LIMIT) return;
  const sorted = lint.definition.steps
    .flatMap((step, node) => writersOf(lint, step, node))
    .toSorted((a, b) => (a.key === b.key ? a.node - b.node : a.key < b.key ? -1 : 1));
  let reach: Reach | undefined;
  // In this order a path stands right before all that lie inside it, so that an open list holds those around the next one.
  let open: Writer[] = [];
  for (const writer of sorted) {
    open = open.filter(({ path }) => writer.path === path || writer.path.startsWith(`${path}/`));
    const others = open.filter(({ step }) => step !== writer.step);
    if (others.length > 0) reach ??= reachability(lint.graph, lint.order);
    const rival = others.find(({ node }) => reach?.areParallel(node, writer.node) === true);
    if (rival !== undefined) report(lint, rival, writer);
    open.push(writer);
  }
}

/**
 * What a step declares to write: its result, its outputs, and what else it names. Roots of its agent count only where the
 * step itself speaks of writing: every step of an agent may write them, and few do.
 */
function writersOf(lint: Lint, step: WorkflowStep, node: number): Writer[] {
  const owned = lint.definition.ownership[step.agent] ?? [];
  const isNamed = lint.sources?.partOf(step.id, 'context_requirements') !== undefined;
  const paths = new Set([step.resultPath, ...step.outputs]);
  for (const path of step.writes) {
    if (!isNamed && owned.includes(path.slice(1))) continue;
    if (!step.outputs.some((output) => output.startsWith(`${path}/`))) paths.add(path);
  }
  return [...paths].map((path) => ({ step, node, path, key: path.replaceAll('/', '\u0000') }));
}

function report(lint: Lint, a: Writer, b: Writer): void {
  const [first, second] = a.node < b.node ? [a, b] : [b, a];
  const root = second.path.split('/')[1] ?? '';
  const [owner] = Object.entries(lint.definition.ownership).find(([, roots]) => roots.includes(root)) ?? [];
  const what = first.path === second.path ? second.path : `${first.path} and ${second.path}`;
  const whose = owner === undefined ? 'nobody owns it' : `"${owner}" owns it`;
  const message = `"${first.step.id}" and "${second.step.id}" may run at once and both write ${what}; ${whose}`;
  const suggestion =
    owner === undefined
      ? `let one wait for the other, give each its own path, or give "${root}" to one agent under "ownership"`
      : `let only "${owner}" write it, let one wait for the other, or give each its own path`;
  const at = placeOf(lint, second.step.id, partOf(second), indexOf(second));
  lint.findings.add('parallel_writers', at, message, { severity: 'warning', suggestion });
}

const indexOf = ({ step, path }: Writer): number | undefined => {
  const index = step.outputs.indexOf(path);
  return index < 0 ? undefined : index;
};
const partOf = (writer: Writer): Part | undefined => {
  if (indexOf(writer) !== undefined) return 'outputs';
  return writer.path === writer.step.resultPath ? 'result' : 'context_requirements';
};
