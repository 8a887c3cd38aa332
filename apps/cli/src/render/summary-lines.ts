/** The summary as lines for people. */
import { oneLine } from '../text/clean.ts';
import type { Line } from '../text/line.ts';
import { plural, span } from '../text/units.ts';
import { outcomeStyle } from './event-line.ts';
import type { RunBoard } from './run-board.ts';
import { NOTABLE_WAIT_MS, type RunSummary, type StepWaits, summarize } from './summary.ts';
import { validationText } from './validation-text.ts';

const MOST_WAITS = 5;
const LABEL_CELLS = 15;

const labelled = (label: string, text: string): Line => [[`  ${label.padEnd(LABEL_CELLS)}`, 'dim'], [oneLine(text)]];

/** Only a run that did its work can be compared with the plan of all of it. */
const isWhole = ({ outcome }: RunSummary): boolean => outcome === 'succeeded' || outcome === 'conflicted';

function againstPlan({ makespanMs, plannedMs }: RunSummary): string {
  if (plannedMs <= 0) return '';
  const percent = Math.round((makespanMs / plannedMs - 1) * 100);
  if (percent === 0) return ', as planned';
  return percent > 0 ? `, ${percent} % over the plan` : `, ${-percent} % under the plan`;
}

function times(summary: RunSummary): Line[] {
  const { makespanMs, plannedMs, lowerBoundMs, sequentialMs, plannedSequentialMs, speedUp } = summary;
  const against = isWhole(summary) ? againstPlan(summary) : '';
  const factor =
    speedUp >= 1 ? `was ${speedUp.toFixed(2)} times as fast` : `took ${(1 / speedUp).toFixed(2)} times as long`;
  const gain = isWhole(summary) ? `; the run ${factor}` : '';
  return [
    labelled('took', `${span(makespanMs)} (planned ${span(plannedMs)}, lower bound ${span(lowerBoundMs)}${against})`),
    labelled(
      'one by one',
      `the steps' own work, one after another: ${span(sequentialMs)} (planned ${span(plannedSequentialMs)})${gain}`,
    ),
  ];
}

function waited(waits: StepWaits): string {
  const parts = [
    ['the pool', waits.poolMs],
    ['an instance', waits.instanceMs],
    ['a retry', waits.backoffMs],
    ['the end of a pause', waits.pauseMs],
    ['an answer', waits.personMs],
  ] as const;
  const told = parts.filter(([, ms]) => ms >= NOTABLE_WAIT_MS / 2).map(([what, ms]) => `${span(ms)} for ${what}`);
  return `${waits.step}: ${told.join(', ')}`;
}

function waits(summary: RunSummary): Line[] {
  if (summary.waits.length === 0) return [labelled('waits', 'none but for inputs')];
  const lines = summary.waits
    .slice(0, MOST_WAITS)
    .map((row, index) => labelled(index === 0 ? 'waits' : '', waited(row)));
  const more = summary.waits.length - MOST_WAITS;
  return more > 0 ? [...lines, labelled('', `and ${plural(more, 'more step')}`)] : lines;
}

function troubles(summary: RunSummary): Line[] {
  return [
    ...summary.failures.map(({ step, code, message }) => labelled('failed', `${step}: ${message} (${code})`)),
    ...summary.groups
      .filter(({ missing }) => missing.length > 0)
      .map(({ group, decision, missing }) =>
        labelled('barrier', `${group} closed ${decision} without ${missing.join(', ')}`),
      ),
    ...summary.conflicts.map(({ path, kept, refused }) =>
      labelled('conflict', `${path}: ${kept} stands, ${refused} was refused; a person must decide`),
    ),
    ...validations(summary),
    ...(summary.recoveries === 0
      ? []
      : [labelled('recovered', `${plural(summary.recoveries, 'time')} by another node`)]),
  ];
}

/** Validations that a summary tells one by one; the others are counted. */
const MOST_VALIDATIONS = 8;

/** Those with something to say first; what passed is told as well, for somebody asked for it. */
function validations({ validations: all }: RunSummary): Line[] {
  const order = ['failed', 'errored', 'timed_out', 'passed', 'skipped'];
  const sorted = all.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  const lines = sorted.slice(0, MOST_VALIDATIONS).map((each) => labelled('validation', validationText(each)));
  const more = all.length - MOST_VALIDATIONS;
  return more > 0 ? [...lines, labelled('', `and ${plural(more, 'more validation')}`)] : lines;
}

/** The outcome on one line: what `--output quiet` prints. */
export function outcomeLine(summary: RunSummary): Line {
  const counts = Object.entries(summary.counts).filter(([end, count]) => count > 0 || end === 'succeeded');
  const reason = summary.reason === '' ? '' : `: ${oneLine(summary.reason)}`;
  return [
    [`${oneLine(summary.workflow)}  ${summary.run}  `, 'dim'],
    [summary.outcome, outcomeStyle(summary.outcome)],
    [`${reason}  (${counts.map(([end, count]) => `${count} ${end}`).join(', ')})  ${span(summary.makespanMs)}`],
  ];
}

export function summaryLines(summary: RunSummary, unicode: boolean): readonly Line[] {
  const arrow = unicode ? ' → ' : ' -> ';
  const path = summary.criticalPath.map(({ step, ranMs }) => `${step} ${span(ranMs)}`).join(arrow);
  return [
    [],
    outcomeLine(summary),
    ...times(summary),
    ...(path === '' ? [] : [labelled('critical path', path)]),
    ...waits(summary),
    ...(summary.retries === 0 ? [] : [labelled('retries', String(summary.retries))]),
    ...troubles(summary),
  ];
}

/** The summary of a board, or nothing when its run has not ended. */
export function finalLines(board: RunBoard, unicode: boolean): readonly Line[] {
  const summary = summarize(board);
  return summary === undefined ? [] : summaryLines(summary, unicode);
}

export const hintLines = (hints: readonly string[]): readonly Line[] => hints.map((hint) => [[`  ${hint}`]]);
