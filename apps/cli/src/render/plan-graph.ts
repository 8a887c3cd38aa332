/** A plan as nodes and arrows: what drawings of the graph have in common. */
import type { Plan, PlanEdge, PlanStep } from '@tutti/contracts';
import { oneLine } from '../text/clean.ts';
import { span } from '../text/units.ts';

export interface PlanNode {
  /** Made of letters and digits only: ids of steps may be words of the drawing's language. */
  readonly key: string;
  readonly lines: readonly string[];
  readonly kind: 'step' | 'barrier';
  readonly critical: boolean;
}

export interface PlanArrow {
  readonly from: string;
  readonly to: string;
  readonly type: PlanEdge['type'];
  readonly blocking: boolean;
  readonly critical: boolean;
  readonly label: string;
}

export interface PlanCluster {
  readonly key: string;
  readonly name: string;
  readonly nodes: readonly PlanNode[];
}

export interface PlanGraph {
  readonly title: string;
  /** Steps in no group of the file. */
  readonly loose: readonly PlanNode[];
  readonly clusters: readonly PlanCluster[];
  readonly arrows: readonly PlanArrow[];
}

/** Groups of the file become clusters with their barrier as a node; so m members and d dependents are m + d arrows. */
export function planGraph(plan: Plan): PlanGraph {
  const keys = new Map(plan.steps.map(({ id }, at) => [id, `s${at}`]));
  const byId = new Map(plan.steps.map((step) => [step.id, nodeOf(step, keys.get(step.id) ?? '')]));
  const written = plan.groups.filter(({ implied }) => !implied);
  const barriers = new Map(written.filter(({ barrier }) => barrier).map(({ id }, at) => [id, `b${at}`]));
  const clusters = written.map(
    ({ id, steps }, at): PlanCluster => ({
      key: `g${at}`,
      name: oneLine(id),
      nodes: [...steps.flatMap((step) => byId.get(step) ?? []), ...barrierNodes(barriers.get(id))],
    }),
  );
  const grouped = new Set(clusters.flatMap(({ nodes }) => nodes.map(({ key }) => key)));
  return {
    title: oneLine(plan.workflowId),
    loose: [...byId.values()].filter(({ key }) => !grouped.has(key)),
    clusters,
    arrows: arrowsOf(plan, keys, barriers),
  };
}

const nodeOf = (step: PlanStep, key: string): PlanNode => ({
  key,
  lines: [oneLine(step.id), `${span(step.durationMs)}, from ${span(step.plannedStartMs)}`],
  kind: 'step',
  critical: step.critical,
});

const barrierNodes = (key: string | undefined): PlanNode[] =>
  key === undefined ? [] : [{ key, lines: ['barrier'], kind: 'barrier', critical: false }];

function arrowsOf(plan: Plan, keys: ReadonlyMap<string, string>, barriers: ReadonlyMap<string, string>): PlanArrow[] {
  const critical = new Set(plan.criticalPath.slice(1).map((id, at) => `${plan.criticalPath[at]} ${id}`));
  const arrows = new Map<string, PlanArrow>();
  const add = (arrow: PlanArrow): void => {
    const key = `${arrow.from} ${arrow.to} ${arrow.type}`;
    const known = arrows.get(key);
    if (known === undefined || (arrow.critical && !known.critical)) arrows.set(key, arrow);
  };
  for (const edge of plan.edges) {
    const [from, to] = [keys.get(edge.from), keys.get(edge.to)];
    if (from === undefined || to === undefined) continue;
    const { type, blocking } = edge;
    const rest = { type, blocking, critical: critical.has(`${edge.from} ${edge.to}`) };
    const barrier = blocking && edge.viaGroup !== undefined ? barriers.get(edge.viaGroup) : undefined;
    if (barrier === undefined) add({ from, to, ...rest, label: labelOf(edge) });
    else {
      add({ from, to: barrier, ...rest, label: '' });
      add({ from: barrier, to, ...rest, label: '' });
    }
  }
  return [...arrows.values()];
}

const labelOf = ({ type, resource }: PlanEdge): string =>
  type === 'data' ? '' : type === 'resource' ? `one after the other: ${oneLine(resource ?? '')}` : type;
