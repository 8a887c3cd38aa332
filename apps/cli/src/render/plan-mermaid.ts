/** A plan as a flowchart of Mermaid, which GitHub and many editors draw. */
import type { Plan } from '@tutti/contracts';
import { type PlanArrow, type PlanNode, planGraph } from './plan-graph.ts';

/** Text inside quotes; Mermaid knows entities by `#`. */
const quoted = (text: string): string =>
  `"${text.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')}"`;

const label = (lines: readonly string[]): string => lines.map((line) => quoted(line).slice(1, -1)).join('<br/>');

const node = ({ key, lines, kind }: PlanNode): string =>
  kind === 'barrier' ? `${key}{{"${label(lines)}"}}` : `${key}["${label(lines)}"]`;

function arrow({ from, to, type, blocking, critical, label: text }: PlanArrow): string {
  const name = text === '' ? '' : `|${quoted(text)}|`;
  if (type === 'resource') return `${from} x-.-x${name} ${to}`;
  if (!blocking) return `${from} -.->${name} ${to}`;
  return `${from} ${critical ? '==>' : '-->'}${name} ${to}`;
}

export function mermaidLines(plan: Plan): readonly string[] {
  const { title, loose, clusters, arrows } = planGraph(plan);
  const critical = [...loose, ...clusters.flatMap(({ nodes }) => nodes)].filter((each) => each.critical);
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'flowchart LR',
    '  classDef critical stroke:#c2410c,stroke-width:3px',
    ...clusters.flatMap(({ key, name, nodes }) => [
      `  subgraph ${key}[${quoted(name)}]`,
      ...nodes.map((each) => `    ${node(each)}`),
      '  end',
    ]),
    ...loose.map((each) => `  ${node(each)}`),
    ...arrows.map((each) => `  ${arrow(each)}`),
    ...(critical.length === 0 ? [] : [`  class ${critical.map(({ key }) => key).join(',')} critical`]),
  ];
}
