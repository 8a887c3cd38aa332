import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';

const MEMBERS = ['ux', 'ux_expert', 'qa'];
type Values = Readonly<Record<string, unknown>>;

const groupOf = (defaults: Values) =>
  workflow('w', (w) => {
    const members = MEMBERS.map((id) => w.step(id, { on_failure: 'continue' }));
    const strategy = { success_criteria: 'at_least_one_agent_succeeds', defaults };
    w.group('g', members, { synchronization_strategy: strategy } as never);
  });

/** Its group was closed in part: all but the missing members were committed. */
function partial(defaults: Values, missing: readonly string[]): RunWorld {
  const world = new RunWorld(groupOf(defaults)).opened();
  for (const id of MEMBERS) world.place(id);
  let version = 0;
  for (const id of MEMBERS) {
    if (missing.includes(id)) world.fail(id);
    else world.commit(id, { version: ++version });
  }
  return world.forget().close('partial', missing);
}

const phaseOf = (world: RunWorld) => world.run.groups['g']?.phase;
const gapsOf = (world: RunWorld) =>
  world.sent('context.commit').map(({ author, base, writes }) => [author, base, writes.map(({ path }) => path)]);

describe('the gaps of a group', () => {
  it('are those of missing members, and never of a member whose name begins like that of a missing one', () => {
    expect(gapsOf(partial({ '/ux_expert/spec': 'default', '/ux/x': 'default' }, ['ux']))).toEqual([
      ['ux', 2, ['/ux/x']],
    ]);
  });

  it('name the newest version that the run was told of, as the next owner does, so that a store that lost it can tell', () => {
    const world = partial({ '/ux/x': 1 }, ['ux']);
    expect(world.sent('context.commit')).toMatchObject([{ known: 2 }]);
    expect(world.forget().recover().sent('context.open')).toMatchObject([{ known: 2 }]);
  });

  it('are written on the version of the context that the decision was made on, whatever came since', () => {
    const world = partial({ '/ux/x': 1 }, ['ux']);
    world
      .recover()
      .forget()
      .opened([world.committed('w', { version: 9 })]);
    world.surveyed();
    expect(gapsOf(world)).toEqual([['ux', 2, ['/ux/x']]]);
  });

  it('are filled in the name of each agent, one commit after another, and then the group is closed', () => {
    const world = partial({ '/ux/x': 1, '/qa/x': 2, '/qa/y': 3 }, ['ux', 'qa']);
    expect(gapsOf(world)).toEqual([['ux', 1, ['/ux/x']]]);
    const [first] = world.sent('context.commit');
    world.forget().commit('g', { epoch: first?.epoch, version: 2 });
    expect(gapsOf(world)).toEqual([['qa', 1, ['/qa/x', '/qa/y']]]);
    const [second] = world.sent('context.commit');
    expect(second?.generation).not.toBe(first?.generation);
    world.commit('g', { epoch: first?.epoch, version: 2 });
    expect(phaseOf(world)).toBe('filling');
    world.commit('g', { epoch: second?.epoch, version: 3 });
    expect(phaseOf(world)).toBe('closed');
    expect(world.run).toMatchObject({ phase: 'ended', outcome: 'partial' });
  });

  it('are asked for again by a new owner, and with every sync', () => {
    const world = partial({ '/ux/x': 'default' }, ['ux']);
    world.forget().recover().opened().surveyed();
    expect(gapsOf(world)).toHaveLength(1);
    world.forget().take({ type: 'timer.sync' }).takeOwn();
    expect(gapsOf(world)).toHaveLength(1);
  });

  it('are not written twice when the context tells a new owner that they were', () => {
    const world = partial({ '/ux/x': 'default' }, ['ux']);
    const fill = world.committed('g', { epoch: 0, version: 3 });
    world.forget().recover().opened([fill]).surveyed();
    expect(gapsOf(world)).toEqual([]);
    expect(world.run.phase).toBe('ended');
  });
});

describe('a gap that is not filled', () => {
  const failed = (code: string, retryable: boolean) => ({
    type: 'call.failed',
    ...{ call: 'fill:g', code, message: 'belongs to qa', retryable },
  });

  it('is asked for again after a pause when there was no answer', () => {
    const world = partial({ '/ux/x': 1 }, ['ux']).take(failed('request_timeout', true));
    expect(world.set).toMatchObject([{ event: { type: 'timer.fill', group: 'g' } }]);
    expect(gapsOf(world.forget().take({ type: 'timer.fill', group: 'g' }))).toHaveLength(1);
  });

  it('ends the run with the error when the store refuses it for good', () => {
    const world = partial({ '/ux/x': 1 }, ['ux']).take(failed('not_allowed', false)).takeOwn();
    expect(phaseOf(world)).toBe('closed');
    expect(world.run).toMatchObject({ phase: 'ended', outcome: 'failed', error: { code: 'not_allowed' } });
  });
});
