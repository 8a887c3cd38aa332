import { describe, expect, it } from 'vitest';
import { inspectWorkflow } from '../index.ts';

const findingsOf = (ref: string, type = 'approval') => {
  const text = `steps:\n  review: { type: ${type} }\n  next: { inputs: { x: ${ref} }, estimated_duration: 1_seconds }\n`;
  return inspectWorkflow(text, { file: 'w.yaml' }).findings.filter(({ code }) => code === 'undeclared_output');
};

describe('what an answer leaves', () => {
  it('is known, and may be taken without a word', () => {
    expect(['approved', 'by', 'comment', 'how', 'atMs'].flatMap((key) => findingsOf(`review.${key}`))).toEqual([]);
    expect(['data', 'data.colour', 'by', 'atMs'].flatMap((key) => findingsOf(`review.${key}`, 'signal'))).toEqual([]);
    expect(findingsOf('review')).toEqual([]);
  });

  it('is nothing else: a typo is a warning with the name that was meant', () => {
    expect(findingsOf('review.aproved')).toMatchObject([
      { severity: 'warning', line: 3, suggestion: 'did you mean "approved"?' },
    ]);
    expect(findingsOf('review.verdict', 'signal')).toMatchObject([
      { severity: 'warning', suggestion: 'it leaves: data, by, atMs' },
    ]);
  });
});
