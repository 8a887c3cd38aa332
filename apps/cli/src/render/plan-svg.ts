/** A plan as a drawing: the chart of `tutti plan` as one SVG without scripts or references to elsewhere. */
import type { Plan, PlanStep } from '@tutti/contracts';
import { oneLine } from '../text/clean.ts';
import { amount, span } from '../text/units.ts';
import { axisMarks, byTime, floatMs } from './plan-float.ts';
import { speedLine } from './plan-lines.ts';

const ROW = 28;
const BAR = 18;
const TOP = 64;
const LEFT = 220;
const CHART = 760;
const RIGHT = 190;
const NAME_CHARS = 28;
const COLORS = { critical: '#c2410c', step: '#2563eb', slack: '#94a3b8', ink: '#1f2937', line: '#e2e8f0' } as const;

const escaped = (text: string): string =>
  oneLine(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const short = (text: string): string => (text.length > NAME_CHARS ? `${text.slice(0, NAME_CHARS - 1)}…` : text);
const px = (value: number): string => String(Math.round(value * 10) / 10);

/** Every step of the plan has its row, however many there are. */
export function svgText(plan: Plan): string {
  const rows = [...plan.steps].sort(byTime);
  const height = TOP + rows.length * ROW + 48;
  const scale = CHART / Math.max(1, plan.makespanMs);
  const parts = [
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="16" y="28" font-size="16" font-weight="600">${escaped(plan.workflowId)}</text>`,
    ...axis(plan, scale, height),
    ...rows.flatMap((step, row) => bar(step, TOP + row * ROW, scale)),
    `<text x="16" y="${height - 16}">${escaped(speedLine(plan))}; ${escaped(peak(plan))}</text>`,
  ];
  const width = LEFT + CHART + RIGHT;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const style = `font-family="sans-serif" font-size="12" fill="${COLORS.ink}" role="img" aria-label="${escaped(speedLine(plan))}"`;
  return `${head} ${style}>\n${parts.join('\n')}\n</svg>\n`;
}

const peak = ({ peak: { cpu, memory, agents } }: Plan): string =>
  `peak ${amount(cpu)} cpu, ${amount(memory)} memory, ${agents} at once`;

function axis(plan: Plan, scale: number, height: number): string[] {
  return axisMarks(plan.makespanMs).flatMap((ms) => {
    const x = px(LEFT + ms * scale);
    return [
      `<line x1="${x}" y1="${TOP - 10}" x2="${x}" y2="${height - 44}" stroke="${COLORS.line}"/>`,
      `<text x="${x}" y="${TOP - 16}" text-anchor="middle" fill="#64748b">${span(ms)}</text>`,
    ];
  });
}

function bar(step: PlanStep, y: number, scale: number): string[] {
  const x = LEFT + step.plannedStartMs * scale;
  const width = Math.max(2, step.durationMs * scale);
  const slack = floatMs(step);
  const middle = y + BAR / 2 + 4;
  const group = step.groupId === undefined ? '' : `, group ${step.groupId}`;
  const told = `${step.id} (${step.agent}${group}): ${span(step.plannedStartMs)} to ${span(step.plannedEndMs)}, ${step.critical ? 'critical' : `slack ${span(slack)}`}`;
  const figures = `${amount(step.needs.cpu)} cpu ${amount(step.needs.memory)} mem`;
  return [
    `<text x="16" y="${middle}">${escaped(short(step.id))}</text>`,
    `<rect x="${px(x)}" y="${y}" width="${px(width)}" height="${BAR}" rx="3" fill="${step.critical ? COLORS.critical : COLORS.step}"><title>${escaped(told)}</title></rect>`,
    ...(slack <= 0
      ? []
      : [
          `<rect x="${px(x + width)}" y="${y + BAR / 3}" width="${px(slack * scale)}" height="${px(BAR / 3)}" fill="none" stroke="${COLORS.slack}" stroke-dasharray="3 2"/>`,
        ]),
    `<text x="${LEFT + CHART + 16}" y="${middle}" fill="#64748b">${figures}${step.critical ? ', critical' : ''}</text>`,
  ];
}
