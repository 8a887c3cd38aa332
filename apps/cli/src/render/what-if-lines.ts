/** Two plans beside each other: the workflow's own, and the one of a question. */
import type { Plan } from '@tutti/contracts';
import type { Revision } from '@tutti/planner';
import { oneLine } from '../text/clean.ts';
import { cutLine, type Line, type Style } from '../text/line.ts';
import { amount, span } from '../text/units.ts';
import { chartLines, type PlanView } from './plan-chart.ts';
import { speedLine } from './plan-lines.ts';
import { tableLines } from './table-lines.ts';

/** `+2 m`, `-30.0 s`, `the same`. */
export const difference = (ms: number): string =>
  ms === 0 ? 'the same' : `${ms > 0 ? '+' : '-'}${span(Math.abs(ms))}`;

/** Both plans, and what the question changes. */
export function whatIfLines(
  before: Plan,
  after: Plan,
  revisions: readonly Revision[],
  view: PlanView,
): readonly Line[] {
  const longest = Math.max(before.makespanMs, after.makespanMs);
  const arrow = view.unicode ? '→' : '->';
  const gain = before.makespanMs - after.makespanMs;
  const verdict: readonly [string, Style] =
    gain > 0 ? [`${span(gain)} sooner`, 'good'] : gain < 0 ? [`${span(-gain)} later`, 'bad'] : ['no difference', 'dim'];
  return [
    [['What if', 'bold']],
    ...revisions.map((revision): Line => [[`  ${revisionText(revision, arrow)}`]]),
    ...planPart('As it is', before, view, longest),
    ...planPart('What if', after, view, longest),
    [],
    [['Difference', 'bold']],
    [['  '], verdict, [`: ${figures(before, after)}`]],
    ...changed(before, after),
    [],
    [['Critical path', 'bold']],
    [['  as it is  ', 'dim'], [oneLine(before.criticalPath.join(` ${arrow} `))]],
    [['  what if   ', 'dim'], [oneLine(after.criticalPath.join(` ${arrow} `))]],
  ];
}

const revisionText = ({ what, unit, from, to, limit }: Revision, arrow: string): string => {
  const text = unit === 'ms' ? span : amount;
  const changed = (change: { readonly from: number; readonly to: number }): string =>
    `${text(change.from)} ${arrow} ${text(change.to)}`;
  const units = unit === 'units' ? ' units' : '';
  const most = limit === undefined ? '' : ` (x ${limit.factor}: at most ${changed(limit)} at once)`;
  return `${oneLine(what)}: ${changed({ from, to })}${units}${most}`;
};

const planPart = (name: string, plan: Plan, view: PlanView, totalMs: number): readonly Line[] => [
  [],
  [[name, 'bold']],
  ...chartLines(plan, view, totalMs).map((line) => cutLine(line, view.columns)),
  [[`  ${speedLine(plan)}`]],
];

const figures = (before: Plan, after: Plan): string =>
  [
    `makespan ${difference(after.makespanMs - before.makespanMs)}`,
    `lower bound ${difference(after.lowerBoundMs - before.lowerBoundMs)}`,
    `one after another ${difference(after.sequentialMs - before.sequentialMs)}`,
    `peak ${amount(before.peak.cpu)} to ${amount(after.peak.cpu)} cpu, ${before.peak.agents} to ${after.peak.agents} agents`,
  ].join(', ');

const MOST_ROWS = 50;

/** The steps that start or end at another time. */
function changed(before: Plan, after: Plan): readonly Line[] {
  const old = new Map(before.steps.map((step) => [step.id, step]));
  const rows = after.steps.flatMap((step) => {
    const was = old.get(step.id);
    if (was === undefined) return [];
    if (was.plannedStartMs === step.plannedStartMs && was.plannedEndMs === step.plannedEndMs) return [];
    const spans = [was, step].map(
      ({ plannedStartMs, plannedEndMs }) => `${span(plannedStartMs)} to ${span(plannedEndMs)}`,
    );
    return [[step.id, ...spans, difference(step.plannedEndMs - was.plannedEndMs)]];
  });
  if (rows.length === 0) return [[], [['No step starts or ends at another time.', 'dim']]];
  const table = tableLines(['step', 'as it is', 'what if', 'ends'], rows.slice(0, MOST_ROWS));
  const rest = rows.length - MOST_ROWS;
  return [[], ...table, ...(rest > 0 ? [[[`… ${rest} more`, 'dim'] as const]] : [])];
}
