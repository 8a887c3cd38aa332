import type { ContextWrite, WorkflowJson } from '@tutti/contracts';
import { type StepKeys, workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';

const set = (path: string, value: WorkflowJson = 1): ContextWrite => ({ op: 'set', path, value });

/** What becomes of the step `less` when its agent returns this; `more` is a step that follows. */
function returned(writes: readonly ContextWrite[], less: StepKeys, more: StepKeys = {}): RunWorld {
  const definition = workflow('w', (w) => {
    w.step('less', less);
    w.step('more', more);
  });
  const world = new RunWorld(definition).opened().place('less').forget();
  const { attempt, epoch } = world.of('less');
  return world.take({
    ...{ type: 'attempt.outcome', run: 'r', step: 'less', attempt, epoch, role: 'less', instance: 'i-less' },
    ...{ base: 1, startedAtMs: 0, endedAtMs: 1, result: { status: 'succeeded', writes } },
  });
}
const isCommitted = (world: RunWorld): boolean => world.customs('commit').length === 1;

describe('a declared output that the result lacks', () => {
  it('fails the attempt, with what is missing and what was given', () => {
    const world = returned([set('/less/other')], { outputs: ['wanted', 'other'] }, { inputs: ['less.wanted'] });
    expect(isCommitted(world)).toBe(false);
    const { error } = world.takeOwn().of('less');
    expect(error).toMatchObject({ code: 'bad_agent_output', retryable: false });
    expect(error?.message).toContain('step "less" declares under "outputs": wanted; it returned: other.');
  });

  it('fails it where nothing at all was returned, and where nobody takes it: it is a result of the run', () => {
    const { error } = returned([], { outputs: ['wanted'] })
      .takeOwn()
      .of('less');
    expect(error?.message).toContain('wanted; it returned: nothing.');
  });

  it('fails it too where it was written and deleted, or only beside what was written', () => {
    const deleted: ContextWrite = { op: 'delete', path: '/less/wanted' };
    expect(isCommitted(returned([deleted], { outputs: ['wanted'] }))).toBe(false);
    expect(isCommitted(returned([set('/less/wanted', { other: 1 })], { outputs: ['wanted.part'] }))).toBe(false);
    expect(isCommitted(returned([set('/less/wanted2')], { outputs: ['wanted'] }))).toBe(false);
  });

  it('may be missing where others take it only if it is there', () => {
    const outputs = ['wanted'];
    expect(isCommitted(returned([], { outputs }, { context: ['less.wanted'] }))).toBe(true);
    expect(isCommitted(returned([], { outputs }, { context: ['less.wanted.part'] }))).toBe(true);
    // The whole result is not this output; and what one step requires is no longer free.
    expect(isCommitted(returned([], { outputs }, { context: ['less'] }))).toBe(false);
    const both = { context: { a: 'less.wanted' }, inputs: { b: 'less.wanted' } };
    expect(isCommitted(returned([], { outputs }, both))).toBe(false);
  });

  it('may be missing at a place that is not of its own result: that is leave to write', () => {
    expect(isCommitted(returned([set('/less/a')], { outputs: ['a', '/shared/value'] }))).toBe(true);
  });
});

describe('a declared output is given', () => {
  it.each([
    ['by its own key, null even', [set('/less/wanted', null)], 'wanted'],
    ['as a part of what was written', [set('/less/wanted', { part: { x: 0 } })], 'wanted.part.x'],
    ['by a part of its own', [set('/less/wanted/part')], 'wanted'],
    ['as a part of the whole result', [set('/less', { wanted: 1 })], 'wanted'],
  ])('%s', (_, writes, output) => {
    expect(isCommitted(returned(writes, { outputs: [output] }))).toBe(true);
  });
});
