/** Why a step starts when it starts, for people. */
import { type Hold, type Shortage, type StepExplanation, shortUnit } from '@tutti/planner';
import { oneLine } from '../text/clean.ts';
import type { Line } from '../text/line.ts';
import { amount, plural, span } from '../text/units.ts';
import { edgeLine, placeText } from './plan-edge-lines.ts';

export function explainLines({ step, hold, chain, free, holdsUp }: StepExplanation, unicode: boolean): readonly Line[] {
  const slack = step.critical ? 'critical' : `slack ${span(step.slackMs)} by its edges`;
  return [
    [
      [`${oneLine(step.id)} starts at ${span(step.plannedStartMs)}`, 'bold'],
      [`  runs ${span(step.durationMs)}, ${slack}, priority ${step.priority}`, 'dim'],
    ],
    ...holdLines(hold).map((text): Line => [[`  ${text}`]]),
    ...section(
      'Back to the start',
      chain.map(
        (link) =>
          `${oneLine(link.step.id)} (${span(link.step.plannedStartMs)} to ${span(link.step.plannedEndMs)}): ${holdLines(link.hold)[0] ?? ''}`,
      ),
    ),
    ...(free.length === 0
      ? []
      : [...title('Has to do with it, and does not hold it'), ...free.map((edge) => edgeLine(edge, unicode))]),
    ...section(
      'Waits for it',
      holdsUp.map(({ to, why }) => `${oneLine(to)}: ${oneLine(why)}`),
    ),
  ];
}

const title = (text: string): Line[] => [[], [[text, 'bold']]];

const MOST_ROWS = 30;

function section(name: string, rows: readonly string[]): Line[] {
  if (rows.length === 0) return [];
  const rest = rows.length - MOST_ROWS;
  const shown = rows.slice(0, MOST_ROWS).map((row): Line => [[`  ${row}`]]);
  return [...title(name), ...shown, ...(rest > 0 ? [[[`  … ${plural(rest, 'more row')}`, 'dim'] as const]] : [])];
}

/** One line a reason. */
export function holdLines(hold: Hold): string[] {
  if (hold.kind === 'nothing') return ['nothing holds it: it starts with the run'];
  if (hold.kind === 'edges') {
    return hold.edges.map((edge) => {
      const via = edge.viaGroup === undefined ? '' : `, through the barrier of "${oneLine(edge.viaGroup)}"`;
      return `"${oneLine(edge.from)}" ends just then${via}: ${oneLine(edge.why)}${placeText(edge)}`;
    });
  }
  if (hold.kind === 'choice') {
    return [`it could start at ${span(hold.couldMs)}; the plan as a whole is no longer for starting it later`];
  }
  return [`its inputs are there at ${span(hold.readyMs)}, and the pool has no room: ${shortageText(hold.shortage)}`];
}

const shortageText = ({ resource, needed, used, limit, holders, atMs }: Shortage): string =>
  `at ${span(atMs)} it needs ${amount(needed)} of ${amount(limit)} ${shortUnit(resource)}, and ${amount(used)} are taken by ${holders.map(({ id }) => `"${oneLine(id)}"`).join(', ')}`;
