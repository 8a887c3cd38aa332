/** A plan for people: when each step would run, what it needs, and what bounds the whole. */
import type { Finding, Plan, PlanBounds, WorkflowDefinition } from '@tutti/contracts';
import { poolLimits, RESOURCE_WORDS } from '@tutti/contracts';
import { oneLine } from '../text/clean.ts';
import { cutLine, type Line, type Style } from '../text/line.ts';
import { amount, plural, span } from '../text/units.ts';
import { fit } from '../text/width.ts';
import { chartLines, MOST_ROWS, nameCells, type PlanView } from './plan-chart.ts';
import { edgeLines } from './plan-edge-lines.ts';

export interface PlannedWorkflow {
  readonly definition: WorkflowDefinition;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
}

export const heading = (text: string): readonly Line[] => [[], [[text, 'bold']]];

function more(total: number): readonly Line[] {
  return total > MOST_ROWS ? [[[`  … ${total - MOST_ROWS} more; --json lists them all`, 'dim']]] : [];
}

const steps = (plan: Plan, view: PlanView): readonly Line[] => [
  ...heading('Steps'),
  ...chartLines(plan, view),
  ...more(plan.steps.length),
];

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
  const named = definition.pool.named ?? {};
  const pools = [pool, ...Object.entries(named).map(([name, units]) => `${amount(units)} ${oneLine(name)}`)];
  const peaks = [
    `${amount(plan.peak.cpu)} cpu, ${amount(plan.peak.memory)} memory, ${plural(plan.peak.agents, 'agent')}`,
    ...Object.entries(plan.namedPeak ?? {}).map(([name, units]) => `${amount(units)} ${oneLine(name)}`),
  ];
  return [
    ...heading('Resources'),
    [['  words (cpu/memory)  ', 'dim'], [words.join('   ')]],
    [['  pool                ', 'dim'], [pools.join(', ')]],
    [['  peak of the plan    ', 'dim'], [peaks.join(', ')]],
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

const BOUNDS: Readonly<Record<keyof PlanBounds, string>> = {
  criticalPathMs: 'the critical path',
  cpuMs: 'the CPU that all steps take',
  memoryMs: 'the memory that all steps take',
  agentsMs: 'the agents that may run at once',
  namedMs: 'a named resource',
  windowMs: 'what of one resource is wanted between what comes before and what comes after',
  disjunctiveMs: 'steps of which no two fit the pool together',
  refutedMs: 'every shorter plan contradicts itself',
};

/** What the bound comes from, and what the durations do where past runs were asked. */
function reasonLines({ lowerBoundBy, steps }: Plan): readonly Line[] {
  const learned = steps.filter(({ estimate }) => estimate?.source === 'history');
  const samples = learned.reduce((sum, { estimate }) => sum + (estimate?.samples ?? 0), 0);
  const past = `  durations of ${learned.length} of ${plural(steps.length, 'step')} from ${plural(samples, 'sample')} of past runs`;
  return [
    ...(lowerBoundBy === undefined ? [] : [[[`  the lower bound is set by: ${BOUNDS[lowerBoundBy]}`, 'dim']] as Line]),
    ...(learned.length === 0 ? [] : [[[past, 'dim']] as Line]),
  ];
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
    ...edgeLines(plan, view),
    ...heading('Critical path'),
    [[`  ${oneLine(plan.criticalPath.join(arrow))}`]],
    ...heading('Time'),
    [[`  ${speedLine(plan)}`]],
    ...reasonLines(plan),
    ...(findings.length === 0 ? [] : [...heading('Notes'), ...findingLines(findings)]),
  ];
}
