/** The summary as lines for people. */

import { NOTABLE_WAIT_MS, type RunBoard } from '@tutti/telemetry/runs';
import { oneLine } from '../text/clean.ts';
import type { Line } from '../text/line.ts';
import { plural, span } from '../text/units.ts';
import { outcomeStyle } from './event-line.ts';
import { type PathStep, type RunSummary, type StepWaits, summarize } from './summary.ts';
import { validationText } from './validation-text.ts';

const MOST_WAITS = 5;
const LABEL_CELLS = 15;

const labelled = (label: string, text: string): Line => [[`  ${label.padEnd(LABEL_CELLS)}`, 'dim'], [oneLine(text)]];

/** A run that did its work, so that its time means something. */
const isDone = ({ outcome }: RunSummary): boolean => outcome === 'succeeded' || outcome === 'conflicted';

/** Shorter than this a run stood still for the engine's own work. */
const stoodStill = ({ standingMs }: RunSummary): boolean => standingMs >= NOTABLE_WAIT_MS;

function againstPlan({ makespanMs, plannedMs }: RunSummary): string {
  if (plannedMs <= 0) return '';
  const percent = Math.round((makespanMs / plannedMs - 1) * 100);
  if (percent === 0) return ', as planned';
  return percent > 0 ? `, ${percent} % over the plan` : `, ${-percent} % under the plan`;
}

/** The time of the whole run beside its plan; of a retried one only what ran again took it, and no plan is of that. */
function took(summary: RunSummary): string {
  const { makespanMs, standingMs, ranAgain, plannedMs, lowerBoundMs } = summary;
  const still = stoodStill(summary) ? `, ${span(standingMs)} of it paused or waiting for an answer` : '';
  const time = `${span(makespanMs)}${ranAgain === undefined ? '' : ' since it was retried'}${still}`;
  if (ranAgain !== undefined) return `${time} (the whole was planned to take ${span(plannedMs)})`;
  const against = isDone(summary) && still === '' ? againstPlan(summary) : '';
  return `${time} (planned ${span(plannedMs)}, lower bound ${span(lowerBoundMs)}${against})`;
}

function oneByOne(summary: RunSummary): string {
  const { sequentialMs, plannedSequentialMs, speedUp, ranAgain } = summary;
  const factor =
    speedUp >= 1 ? `was ${speedUp.toFixed(2)} times as fast` : `took ${(1 / speedUp).toFixed(2)} times as long`;
  const gain = isDone(summary) ? `; the run ${factor}${stoodStill(summary) ? ' without that wait' : ''}` : '';
  const work =
    ranAgain === undefined ? "the steps' own work" : `the work of ${plural(ranAgain, 'step')} that ran again`;
  const planned = ranAgain === undefined ? ` (planned ${span(plannedSequentialMs)})` : '';
  return `${work}, one after another: ${span(sequentialMs)}${planned}${gain}`;
}

const times = (summary: RunSummary): Line[] => [
  labelled('took', took(summary)),
  labelled('one by one', oneByOne(summary)),
];

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
      : [labelled('recovered', `${plural(summary.recoveries, 'time')}, by a node that took it over or came back`)]),
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

const pathText = ({ step, ranMs, waitedMs }: PathStep): string =>
  waitedMs === undefined ? `${step} ${span(ranMs)}` : `${step} (${span(waitedMs)} for an answer)`;

export function summaryLines(summary: RunSummary, unicode: boolean): readonly Line[] {
  const arrow = unicode ? ' → ' : ' -> ';
  const path = summary.criticalPath.map(pathText).join(arrow);
  return [
    [],
    outcomeLine(summary),
    ...times(summary),
    ...(path === '' ? [] : [labelled('critical path', path)]),
    ...waits(summary),
    ...(summary.cached === 0 ? [] : [labelled('from the cache', plural(summary.cached, 'step'))]),
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
