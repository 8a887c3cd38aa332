/** What of a plan's edges a person wants to know unasked: how many there are, and those that hold nobody. */
import type { Plan, PlanEdge } from '@tutti/contracts';
import { EDGE_TYPES } from '@tutti/contracts';
import { oneLine } from '../text/clean.ts';
import type { Line } from '../text/line.ts';
import type { PlanView } from './plan-chart.ts';

const MOST_LISTED = 20;

export function edgeLines(plan: Plan, { unicode }: PlanView): readonly Line[] {
  if (plan.edges.length === 0) return [];
  const counts = EDGE_TYPES.map((type) => [type, plan.edges.filter((edge) => edge.type === type).length] as const);
  const told = counts.flatMap(([type, count]) => (count === 0 ? [] : [`${count} ${type}`]));
  const special = plan.edges.filter(({ type, blocking }) => type !== 'data' || !blocking);
  return [
    [],
    [
      ['Edges', 'bold'],
      [`  ${told.join(', ')}`, 'dim'],
    ],
    ...special.slice(0, MOST_LISTED).map((edge) => edgeLine(edge, unicode)),
    ...(special.length > MOST_LISTED
      ? [[[`  … ${special.length - MOST_LISTED} more; --json lists them all`, 'dim'] as const]]
      : []),
  ];
}

/** One edge: its type, its ends, its reason, and what the plan makes of it. */
export function edgeLine(edge: PlanEdge, unicode: boolean): Line {
  const { type, from, to, why, met, blocking } = edge;
  const arrow = type === 'resource' ? (unicode ? '↔' : '<>') : unicode ? '→' : '->';
  const outcome = met === undefined ? '' : met ? '; by the plan it is there' : '; by the plan it is not there yet';
  const gate = type === 'validation' ? (blocking ? ' (starts after it)' : ' (nobody waits)') : '';
  return [
    [`  ${type.padEnd(10)}  ${oneLine(from)} ${arrow} ${oneLine(to)}`],
    [`  ${oneLine(why)}${outcome}${gate}${placeText(edge)}`, 'dim'],
  ];
}

export const placeText = ({ place }: Pick<PlanEdge, 'place'>): string =>
  place === undefined ? '' : ` [${oneLine(place.file)}:${place.line}:${place.col}]`;
