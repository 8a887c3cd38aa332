/** `tutti plan`: what would run when, and why; under other circumstances too, and as a drawing. Runs nothing. */
import { type Plan, TuttiError } from '@tutti/contracts';
import { explainStep, planWorkflow, reportPlan, reviseWorkflow } from '@tutti/planner';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { paintFor } from '../render/create-renderer.ts';
import type { PlanView } from '../render/plan-chart.ts';
import { type Line, wantsUnicode } from '../text/line.ts';
import { unloadedAgents } from '../unloaded-agents.ts';
import { historyOf, type OpenWorkflow, openWorkflow } from '../workflow-file.ts';

/** Where nobody looks at a terminal, lines are not cut. */
const WIDE = 160;

export interface PlanFaces {
  readonly json?: boolean;
  readonly mermaid?: boolean;
  readonly dot?: boolean;
  readonly svg?: boolean;
  readonly whatIf?: string;
  readonly explain?: string;
  /** A file of events of past runs. */
  readonly history?: string;
}

export async function plan(cli: Cli, file: string, options: PlanFaces): Promise<number> {
  const { io, globals } = cli;
  checkFaces(options);
  const history = options.history === undefined ? {} : { history: await historyOf(options.history, io.cwd) };
  const workflow = await openWorkflow(file, io.cwd, history);
  const revised = options.whatIf === undefined ? undefined : reviseWorkflow(workflow.definition, options.whatIf);
  const json = options.json === true || globals.output === 'json';
  if (revised === undefined) {
    await show(cli, workflow, options, json);
    return EXIT.done;
  }
  const sources = workflow.sources === undefined ? {} : { sources: workflow.sources };
  const circumstances = { ...sources, ...history, asked: revised.asked };
  const other = { ...workflow, definition: revised.definition, plan: planWorkflow(revised.definition, circumstances) };
  // A drawing or an explanation under other circumstances is one of the other plan alone.
  if (drawing(options) !== undefined || options.explain !== undefined) {
    await show(cli, other, options, json);
  } else if (json) {
    const plans = { before: reportPlan(workflow.plan), after: reportPlan(other.plan) };
    printJson(cli, { changes: revised.revisions, ...plans, ...differenceOf(workflow.plan, other.plan) });
  } else {
    const { whatIfLines } = await import('../render/what-if-lines.ts');
    printLines(cli, whatIfLines(workflow.plan, other.plan, revised.revisions, viewOf(cli)));
  }
  return EXIT.done;
}

const differenceOf = (before: Plan, after: Plan) => ({
  difference: {
    makespanMs: after.makespanMs - before.makespanMs,
    lowerBoundMs: after.lowerBoundMs - before.lowerBoundMs,
    sequentialMs: after.sequentialMs - before.sequentialMs,
  },
});

const FACES = ['json', 'mermaid', 'dot', 'svg'] as const;

const drawing = (options: PlanFaces) => FACES.slice(1).find((face) => options[face] === true);

function checkFaces(options: PlanFaces): void {
  const wanted = FACES.filter((face) => options[face] === true);
  const alone = options.explain === undefined ? wanted : wanted.filter((face) => face !== 'json');
  const most = options.explain === undefined ? 1 : 0;
  if (alone.length <= most) return;
  const names = [...alone, ...(options.explain === undefined ? [] : ['explain'])].map((face) => `--${face}`);
  throw new TuttiError('bad_usage', `${names.join(' and ')} cannot be asked for at once`);
}

async function show(cli: Cli, workflow: OpenWorkflow, options: PlanFaces, json: boolean): Promise<void> {
  if (options.explain !== undefined) return explain(cli, workflow, options.explain, json);
  const face = drawing(options);
  if (face !== undefined) return draw(cli, workflow.plan, face);
  if (json) return printJson(cli, reportPlan(workflow.plan));
  const { planLines } = await import('../render/plan-lines.ts');
  printLines(cli, planLines(workflow, viewOf(cli)));
  const unloaded = unloadedAgents(workflow.definition);
  if (unloaded !== undefined) cli.io.stdout.write(`\n${unloaded}\n`);
}

const viewOf = ({ io }: Cli): PlanView => ({
  columns: io.stdout.isTTY ? io.stdout.size().columns : WIDE,
  unicode: wantsUnicode(io.env),
});

async function draw({ io }: Cli, plan: Plan, face: (typeof FACES)[number]): Promise<void> {
  if (face === 'svg') {
    const { svgText } = await import('../render/plan-svg.ts');
    io.stdout.write(svgText(plan));
    return;
  }
  const lines =
    face === 'mermaid'
      ? (await import('../render/plan-mermaid.ts')).mermaidLines(plan)
      : (await import('../render/plan-dot.ts')).dotLines(plan);
  io.stdout.write(`${lines.join('\n')}\n`);
}

async function explain(cli: Cli, { definition, plan }: OpenWorkflow, step: string, json: boolean): Promise<void> {
  const explanation = explainStep(definition, plan, step);
  if (explanation === undefined) {
    const known = plan.steps.slice(0, 20).map(({ id }) => id);
    throw new TuttiError('bad_usage', `The plan has no step "${step}"; it has ${known.join(', ')}`);
  }
  if (json) return printJson(cli, explanation);
  const { explainLines } = await import('../render/explain-lines.ts');
  printLines(cli, explainLines(explanation, wantsUnicode(cli.io.env)));
}

const printJson = ({ io }: Cli, value: unknown): void => io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

function printLines({ io }: Cli, lines: readonly Line[]): void {
  const paint = paintFor(io);
  for (const line of lines) io.stdout.write(`${paint(line)}\n`);
}
