/** A plan for people: when each step would run, what it needs, and what bounds the whole. */
import type { Finding, Plan, PlanStep, WorkflowDefinition } from '@tutti/contracts';
import { poolLimits, RESOURCE_WORDS } from '@tutti/contracts';
import { ganttBar } from '../text/bar.ts';
import { oneLine } from '../text/clean.ts';
import { cutLine, type Line, type Span, type Style } from '../text/line.ts';
import { amount, plural, span } from '../text/units.ts';
import { fit, widthOf } from '../text/width.ts';

export interface PlanView {
  readonly columns: number;
  readonly unicode: boolean;
}

export interface PlannedWorkflow {
  readonly definition: WorkflowDefinition;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
}

/** Steps and groups listed for people; `--json` has them all. */
const MOST_ROWS = 200;
const MAX_NAME_CELLS = 32;
const LEAST_BAR_CELLS = 10;
const MOST_BAR_CELLS = 60;
/** Cells of a row beside name and bar. */
const FIGURES_CELLS = 58;

const heading = (text: string): readonly Line[] => [[], [[text, 'bold']]];

function more(total: number): readonly Line[] {
  return total > MOST_ROWS ? [[[`  … ${total - MOST_ROWS} more; --json lists them all`, 'dim']]] : [];
}

const nameCells = (names: readonly string[]): number =>
  names.reduce((most, name) => Math.min(MAX_NAME_CELLS, Math.max(most, widthOf(oneLine(name)))), 6);

function stepLine(step: PlanStep, plan: Plan, name: string, cells: number, unicode: boolean): Line {
  const time = { startMs: step.plannedStartMs, endMs: step.plannedEndMs, totalMs: plan.makespanMs };
  const arrow = unicode ? '→' : '-';
  const when = `${span(step.plannedStartMs)} ${arrow} ${span(step.plannedEndMs)}`.padEnd(20);
  const needs = `${amount(step.needs.cpu)} cpu ${amount(step.needs.memory)} mem`.padEnd(16);
  const slack: Span = step.critical ? ['critical', 'warn'] : [`slack ${span(step.slackMs)}`, 'dim'];
  return [
    ['  '],
    [name],
    ['  '],
    [ganttBar(time, cells, unicode), step.critical ? 'warn' : 'accent'],
    [`  ${when}${needs}`],
    slack,
  ];
}

function steps(plan: Plan, view: PlanView): readonly Line[] {
  const rows = [...plan.steps]
    .sort((a, b) => a.plannedStartMs - b.plannedStartMs || a.plannedEndMs - b.plannedEndMs)
    .slice(0, MOST_ROWS);
  const cells = nameCells(rows.map((step) => step.id));
  const bar = Math.min(MOST_BAR_CELLS, Math.max(LEAST_BAR_CELLS, view.columns - cells - FIGURES_CELLS));
  return [
    ...heading('Steps'),
    ...rows.map((step) => stepLine(step, plan, fit(oneLine(step.id), cells), bar, view.unicode)),
    ...more(plan.steps.length),
  ];
}

function groups(plan: Plan): readonly Line[] {
  if (plan.groups.length === 0) return [];
  const cells = nameCells(plan.groups.map((group) => group.id));
  const lines = plan.groups.slice(0, MOST_ROWS).map((group): Line => {
    const marks = [group.barrier ? 'barrier' : '', group.implied ? 'implied' : ''].filter((mark) => mark !== '');
    const tail = marks.length === 0 ? '' : `  (${marks.join(', ')})`;
    return [[`  ${fit(oneLine(group.id), cells)}  ${oneLine(group.steps.join(', '))}`], [tail, 'dim']];
  });
  return [...heading('Groups'), ...lines, ...more(plan.groups.length)];
}

function needsTable(definition: WorkflowDefinition, plan: Plan): readonly Line[] {
  const limits = poolLimits(definition.pool);
  const words = RESOURCE_WORDS.map((word) => {
    const { cpu, memory } = definition.resourceWords[word];
    return `${word} ${amount(cpu)}/${amount(memory)}`;
  });
  const pool = `${amount(limits.cpu)} cpu, ${amount(limits.memory)} memory, ${plural(limits.agents, 'agent')} at once`;
  const peak = `${amount(plan.peak.cpu)} cpu, ${amount(plan.peak.memory)} memory, ${plural(plan.peak.agents, 'agent')}`;
  return [
    ...heading('Resources'),
    [['  words (cpu/memory)  ', 'dim'], [words.join('   ')]],
    [['  pool                ', 'dim'], [pool]],
    [['  peak of the plan    ', 'dim'], [peak]],
  ];
}

/** The time in one honest sentence: what is won, and what no schedule could win. */
export function speedLine(plan: Plan): string {
  const { sequentialMs, makespanMs, lowerBoundMs, optimal } = plan;
  const bound = optimal ? 'no schedule is shorter' : `no schedule is shorter than ${span(lowerBoundMs)}`;
  const gain =
    makespanMs > 0 && sequentialMs > makespanMs ? ` (${(sequentialMs / makespanMs).toFixed(2)} times as fast)` : '';
  return `${span(sequentialMs)} one after another, ${span(makespanMs)} planned${gain}, ${span(lowerBoundMs)} is the lower bound: ${bound}`;
}

const STYLES: Readonly<Record<Finding['severity'], Style>> = { error: 'bad', warning: 'warn', note: 'dim' };

export function findingLines(findings: readonly Finding[]): readonly Line[] {
  return findings.map((found): Line => {
    const hint = found.suggestion === undefined ? '' : ` (${found.suggestion})`;
    return [
      [`${oneLine(found.file)}:${found.line}:${found.col}: `],
      [`${found.severity} ${found.code}: `, STYLES[found.severity]],
      [oneLine(`${found.message}${hint}`)],
    ];
  });
}

/** All lines of `tutti plan`; those of the chart are cut to the width, findings never are. */
export function planLines({ definition, plan, findings }: PlannedWorkflow, view: PlanView): readonly Line[] {
  const arrow = view.unicode ? ' → ' : ' -> ';
  const title: Line = [
    [oneLine(definition.name ?? definition.id), 'bold'],
    [
      `  ${plural(plan.steps.length, 'step')}, ${plural(plan.groups.length, 'group')}  plan ${plan.hash.slice(0, 12)}`,
      'dim',
    ],
  ];
  const chart = [title, ...steps(plan, view), ...groups(plan), ...needsTable(definition, plan)];
  return [
    ...chart.map((line) => cutLine(line, view.columns)),
    ...heading('Critical path'),
    [[`  ${oneLine(plan.criticalPath.join(arrow))}`]],
    ...heading('Time'),
    [[`  ${speedLine(plan)}`]],
    ...(findings.length === 0 ? [] : [...heading('Notes'), ...findingLines(findings)]),
  ];
}
