import { workflow } from '@tutti/planner';
import { expect, it } from 'vitest';
import { unansweredLines } from './unanswered.ts';

it('tells of each step that waits for somebody what becomes of it when nobody can answer', () => {
  const definition = workflow('w', (w) => {
    w.step('plain');
    w.step('review', { type: 'approval', timeout: '10_seconds', default: 'approve' } as never);
    w.step('publish', { type: 'approval' } as never);
    w.step('green', { type: 'signal', timeout: '2_minutes' } as never);
  });
  const lines = unansweredLines(definition);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/"review" waits for a person, and nobody can answer.*after 10\.0 s, .* approved by default/);
  expect(lines[1]).toMatch(/"publish" .* after 8 h.* rejected by default; in a cluster `tutti approve`/);
  expect(lines[2]).toMatch(/"green" waits for a signal.*fails; in a cluster `tutti signal`/);
});
