/** A plan as a graph of Graphviz (`tutti plan FILE --dot | dot -Tsvg`). */
import type { Plan } from '@tutti/contracts';
import { type PlanArrow, type PlanNode, planGraph } from './plan-graph.ts';

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

const CRITICAL = 'color="#c2410c" penwidth=2.5';

function node({ key, lines, kind, critical }: PlanNode): string {
  const label = `label="${lines.map((line) => quoted(line).slice(1, -1)).join('\\n')}"`;
  if (kind === 'barrier') return `${key} [${label} shape=diamond style=solid];`;
  return `${key} [${label}${critical ? ` ${CRITICAL}` : ''}];`;
}

function arrow({ from, to, type, blocking, critical, label }: PlanArrow): string {
  const parts = [
    ...(label === '' ? [] : [`label=${quoted(label)}`]),
    ...(blocking ? [] : ['style=dashed', 'constraint=false']),
    ...(type === 'resource' ? ['dir=none', 'color="#64748b"'] : []),
    ...(critical ? [CRITICAL] : []),
  ];
  return `${from} -> ${to}${parts.length === 0 ? '' : ` [${parts.join(' ')}]`};`;
}

export function dotLines(plan: Plan): readonly string[] {
  const { title, loose, clusters, arrows } = planGraph(plan);
  return [
    `digraph ${quoted(title)} {`,
    '  rankdir=LR;',
    '  node [shape=box style=rounded fontname="sans-serif"];',
    '  edge [fontname="sans-serif" fontsize=10];',
    ...clusters.flatMap(({ key, name, nodes }) => [
      `  subgraph cluster_${key} {`,
      `    label=${quoted(name)};`,
      ...nodes.map((each) => `    ${node(each)}`),
      '  }',
    ]),
    ...loose.map((each) => `  ${node(each)}`),
    ...arrows.map((each) => `  ${arrow(each)}`),
    '}',
  ];
}
