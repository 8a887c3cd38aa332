/** The chart of a plan for terminals: a row a step, with the critical path marked and the slack drawn. */
import type { Plan, PlanStep } from '@tutti/contracts';
import { planBar } from '../text/bar.ts';
import { oneLine } from '../text/clean.ts';
import type { Line, Span } from '../text/line.ts';
import { amount, span } from '../text/units.ts';
import { fit, widthOf } from '../text/width.ts';
import { axisMarks, byTime, floatMs } from './plan-float.ts';

export interface PlanView {
  readonly columns: number;
  readonly unicode: boolean;
}

/** Steps and groups listed for people; `--json` has them all. */
export const MOST_ROWS = 200;
const MAX_NAME_CELLS = 32;
const LEAST_BAR_CELLS = 10;
const MOST_BAR_CELLS = 60;
/** Cells of a row beside name and bar. */
const FIGURES_CELLS = 58;

export const nameCells = (names: readonly string[]): number =>
  names.reduce((most, name) => Math.min(MAX_NAME_CELLS, Math.max(most, widthOf(oneLine(name)))), 6);

export const usesText = (step: PlanStep): string =>
  Object.entries(step.uses ?? {})
    .map(([name, units]) => ` ${amount(units)} ${oneLine(name)}`)
    .join('');

interface Scale {
  readonly cells: number;
  readonly totalMs: number;
}

function stepLine(step: PlanStep, name: string, { cells, totalMs }: Scale, unicode: boolean): Line {
  const slackMs = floatMs(step);
  const time = { startMs: step.plannedStartMs, endMs: step.plannedEndMs, totalMs };
  const arrow = unicode ? '→' : '-';
  const when = `${span(step.plannedStartMs)} ${arrow} ${span(step.plannedEndMs)}`.padEnd(20);
  const needs = `${amount(step.needs.cpu)} cpu ${amount(step.needs.memory)} mem${usesText(step)}`.padEnd(16);
  const slack = slackMs > 0 ? `slack ${span(slackMs)}` : 'no slack: the pool';
  const last: Span = step.critical ? ['critical', 'warn'] : [slack, 'dim'];
  const bar = planBar({ ...time, slackMs, critical: step.critical }, cells, unicode);
  return [['  '], [name], ['  '], [bar, step.critical ? 'warn' : 'accent'], [`  ${when}${needs}`], last];
}

/** Times under the cells where they lie, as many as there is room for. */
function axisLine({ totalMs, cells }: Scale, before: number): Line {
  let text = '';
  for (const ms of axisMarks(totalMs)) {
    const at = Math.min(cells - 1, Math.round((ms / Math.max(1, totalMs)) * cells));
    const mark = span(ms);
    if (at < text.length + (text === '' ? 0 : 2) || at + mark.length > cells + 8) continue;
    text = text.padEnd(at) + mark;
  }
  return [[' '.repeat(before) + text, 'dim']];
}

/** `totalMs` is what the width stands for: two charts below each other have one scale. */
export function chartLines(plan: Plan, view: PlanView, totalMs = plan.makespanMs): readonly Line[] {
  const rows = [...plan.steps].sort(byTime).slice(0, MOST_ROWS);
  const cells = nameCells(rows.map((step) => step.id));
  const width = Math.min(MOST_BAR_CELLS, Math.max(LEAST_BAR_CELLS, view.columns - cells - FIGURES_CELLS));
  const scale = { cells: width, totalMs };
  const [critical, other, slack] = view.unicode ? ['█', '▓', '░'] : ['#', '=', '-'];
  return [
    ...rows.map((step) => stepLine(step, fit(oneLine(step.id), cells), scale, view.unicode)),
    axisLine(scale, cells + 4),
    [[`  ${critical} critical   ${other} other steps   ${slack} slack: it may end so much later`, 'dim']],
  ];
}
