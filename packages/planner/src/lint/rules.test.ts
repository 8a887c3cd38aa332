import { readdirSync, readFileSync } from 'node:fs';
import { RULES, type Rule } from '@tutti/contracts';
import { describe, expect, it } from 'vitest';
import { inspectWorkflow } from '../index.ts';

const FOLDER = new URL('./rules/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');
/** The one file of agents that stands beside the files of this folder. */
const hasFile = (path: string): boolean => path === './agents.ts';
const findingsOf = (name: string) => inspectWorkflow(read(name), { file: name, hasFile }).findings;
const rules: Readonly<Record<string, Rule>> = RULES;
const codes = Object.keys(rules);

describe.each(codes)('the rule %s', (code) => {
  it('is tripped by its file at the place that the file names', () => {
    const name = `${code}.trips.yaml`;
    const [, line, col] = /^# (\d+):(\d+)$/m.exec(read(name)) ?? [];
    const found = findingsOf(name).filter((finding) => finding.code === code);
    expect(found.map((finding) => `${finding.line}:${finding.col}`)).toContain(`${line}:${col}`);
    expect(found.every(({ severity }) => rules[code]!.severity.includes(severity))).toBe(true);
  });

  it('lets its near miss pass', () => {
    const found = findingsOf(`${code}.passes.yaml`);
    expect(found.filter((finding) => finding.code === code)).toEqual([]);
    // A near miss that is refused for something else would prove nothing.
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('says what to do', () => {
    const found = findingsOf(`${code}.trips.yaml`).filter((finding) => finding.code === code);
    expect(found[0]?.suggestion ?? rules[code]!.fix).not.toBe('');
  });
});

it('no file stands here for a rule that is none', () => {
  const named = readdirSync(FOLDER).map((name) => name.replace(/\.(trips|passes)\.yaml$/, ''));
  expect([...new Set(named)].sort()).toEqual([...codes].sort());
});
