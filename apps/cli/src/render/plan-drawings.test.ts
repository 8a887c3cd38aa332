import { inspectWorkflow, planWorkflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { dotLines } from './plan-dot.ts';
import { mermaidLines } from './plan-mermaid.ts';
import { svgText } from './plan-svg.ts';

const TEXT = `workflow: {id: drawn}
pool: {resources: {gpu: 1}}
steps:
  end: {estimated_duration: 60, depends_on: [g]}
  a: {estimated_duration: 60, resource_requirements: {resources: {gpu: 1}}}
  b: {estimated_duration: 120, resource_requirements: {resources: {gpu: 1}}}
  free: {estimated_duration: 30, inputs: [], context: [a.x]}
groups: {g: {agents: [a, b]}}
`;
const { definition } = inspectWorkflow(TEXT, { file: 'f.yaml' });
const plan = planWorkflow(definition!);

describe('the graph of a plan', () => {
  it('for Mermaid has keys of its own, for `end` is a word of the language', () => {
    const text = mermaidLines(plan).join('\n');
    expect(text).toContain('s0["end<br/>1 m, from 3 m"]');
    expect(text).not.toMatch(/^\s*end\[/m);
  });

  it('leads through the barrier: members into it, dependents out of it', () => {
    const lines = mermaidLines(plan).map((line) => line.trim());
    expect(lines).toEqual(expect.arrayContaining(['b0{{"barrier"}}', 's2 ==> b0', 's1 --> b0', 'b0 ==> s0']));
    expect(lines.filter((line) => line.endsWith('s0')).length).toBe(1);
  });

  it('tells what holds nobody from what blocks', () => {
    const lines = mermaidLines(plan).map((line) => line.trim());
    expect(lines).toContain('s1 -.->|"context"| s3');
    expect(lines).toContain('s1 x-.-x|"one after the other: gpu"| s2');
    expect(dotLines(plan).map((line) => line.trim())).toContain(
      's1 -> s3 [label="context" style=dashed constraint=false];',
    );
  });

  it('opens and closes every group and every quote', () => {
    for (const lines of [mermaidLines(plan), dotLines(plan)]) {
      for (const line of lines) expect((line.match(/(?<!\\)"/g) ?? []).length % 2, line).toBe(0);
    }
    const dot = dotLines(plan).join('\n');
    expect(dot.match(/\{/g)?.length).toBe(dot.match(/\}/g)?.length);
  });
});

describe('the chart of a plan as SVG', () => {
  const svg = svgText(plan);
  const bars = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="18"[^>]*><title>(\w+)/g)].map(
    ([, x, , width, id]) => ({ id, x: Number(x), end: Number(x) + Number(width) }),
  );
  const of = (id: string) => bars.find((bar) => bar.id === id)!;

  it('has a bar for each step, where the plan has it', () => {
    expect(bars.map(({ id }) => id).sort()).toEqual(['a', 'b', 'end', 'free']);
    expect(of('end').x).toBeCloseTo(Math.max(of('a').end, of('b').end), 0);
    expect(of('b').end - of('b').x).toBeCloseTo(2 * (of('a').end - of('a').x), 0);
  });

  it('is one element that is closed, and refers to nothing outside', () => {
    const open = svg.match(/<(?!\/)[a-z]+[^>]*[^/]>/g)?.length;
    expect(open).toBe(svg.match(/<\/[a-z]+>/g)?.length);
    expect(svg).not.toMatch(/href|script|url\(/);
  });
});
