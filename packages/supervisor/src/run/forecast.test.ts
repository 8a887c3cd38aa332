import { DEFAULT_POOL } from '@tutti/contracts';
import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';
import { FORECAST_EACH_MS, FORECAST_STEPS, foresee } from './forecast.ts';
import { viewOf } from './view.ts';

const SECOND = 1_000;

/** Two branches from one step: `long_*` is critical by the plan, `short_*` is not. All fits the pool at once. */
const branches = () =>
  workflow('branches', (w) => {
    const step = (id: string, seconds: number, depends_on: string[] = []) =>
      w.step(id, { estimated_duration: seconds, resource_requirements: { cpu: 1, memory: 1 }, depends_on });
    step('first', 5);
    step('long_1', 20, ['first']);
    step('long_2', 20, ['long_1']);
    step('short_1', 10, ['first']);
    step('short_2', 10, ['short_1']);
  });

const run = () => new RunWorld(branches()).opened();

/** The node looks, when it was asked to, and tells what it sees. */
function look(world: RunWorld): RunWorld {
  const asked = world.customs('foresee').length;
  world.forget();
  return asked === 0 ? world : world.take({ type: 'run.foreseen', ...foresee(world.run, world.at) });
}

const requests = (world: RunWorld) => world.sent('resource.acquire').flatMap(({ requests }) => requests);

describe('a forecast', () => {
  it('is not made while a run is younger than what anybody would plan anew', () => {
    const world = run()
      .place('first')
      .pass(FORECAST_EACH_MS - 100)
      .commit('first');
    expect([world.events('run.forecast'), viewOf(world.run).predictedEndMs]).toEqual([[], undefined]);
  });

  it('puts real durations in the place of estimates: later by as much as the critical path was', () => {
    const world = look(
      run()
        .place('first')
        .pass(9 * SECOND)
        .commit('first'),
    );
    const [told] = world.events('run.forecast') as [{ predictedEndMs: number; delayMs: number; critical: string[] }];
    expect(told.delayMs / SECOND).toBeCloseTo(4, 0);
    expect(told.critical).toEqual(['long_1', 'long_2']);
    const { predictedEndMs = 0, submittedAtMs } = viewOf(world.run);
    expect(predictedEndMs - submittedAtMs).toBe(Math.round(told.predictedEndMs));
  });

  it('asks for what waits as much later as the run is, in the order of the plan', () => {
    const world = look(
      run()
        .place('first')
        .pass(9 * SECOND)
        .commit('first'),
    )
      .place('long_1')
      .place('short_1');
    const planned = new Map(world.run.plan.steps.map(({ id, plannedStartMs }) => [id, plannedStartMs]));
    world
      .forget()
      .pass(20 * SECOND)
      .commit('long_1');
    const [long] = requests(world);
    const begins = -(long?.rank ?? 0) - world.run.submittedAtMs;
    expect(long).toMatchObject({ step: 'long_2', priority: 10 });
    expect((begins - (planned.get('long_2') ?? 0)) / SECOND).toBeCloseTo(4, 0);
  });

  it('asks for a step that became critical in the class of the critical ones, and the other way round', () => {
    // Both branches go on; the short one turns out to be so slow that it has become the long one.
    const world = run()
      .place('first')
      .pass(5 * SECOND)
      .commit('first')
      .place('long_1')
      .place('short_1')
      .forget();
    look(world.pass(60 * SECOND).commit('long_1'));
    expect(world.events('run.forecast')).toMatchObject([{ critical: ['long_2'] }]);
    look(world.place('long_2').pass(SECOND).commit('long_2'));
    expect(world.events('run.forecast')).toMatchObject([{ critical: ['short_1', 'short_2'] }]);
    world.forget().commit('short_1');
    expect(requests(world)).toMatchObject([{ step: 'short_2', priority: 10 }]);
  });

  it('costs nothing when its run is replayed: the journal says what came of it', () => {
    const world = look(
      run()
        .place('first')
        .pass(9 * SECOND)
        .commit('first'),
    );
    const { forecast } = world.run;
    world.recover().opened().surveyed();
    expect(world.run.forecast).toEqual(forecast);
  });

  it('is not made for a run of too many steps', () => {
    const wide = workflow('wide', (w) => {
      for (let i = 0; i <= FORECAST_STEPS; i += 1) w.step(`s${i}`, { estimated_duration: 5 });
    });
    const world = new RunWorld(wide)
      .opened()
      .place('s0')
      .pass(9 * SECOND)
      .commit('s0');
    expect(world.events('run.forecast')).toEqual([]);
  });
});

describe('a forecast in a cluster', () => {
  const pair = workflow('pair', (w) => {
    const needs = { estimated_duration: 10, resource_requirements: { cpu: 60, memory: 1 } };
    const first = w.step('first', { ...needs, estimated_duration: 5 });
    for (const id of ['a', 'b']) w.step(id, { ...needs, depends_on: [first.completion] });
  });
  const endWith = (cpuUnits: number): number | undefined => {
    const world = new RunWorld(pair)
      .opened()
      .place('first')
      .pass(5 * SECOND)
      .commit('first');
    return foresee(world.run, world.at, { ...DEFAULT_POOL, cpuUnits })?.predictedEndMs;
  };

  it('reckons with the pool of the cluster, whatever the file says', () => {
    expect([endWith(100), endWith(60)].map((ms = 0) => Math.round(ms / SECOND))).toEqual([15, 25]);
  });

  it('says nothing where a step fits that pool no more, however many there are', () => {
    expect(endWith(10)).toBeUndefined();
    const wide = workflow('wide', (w) => {
      const first = w.step('first', { resource_requirements: { cpu: 1, memory: 1 } });
      for (let n = 0; n < 150; n++)
        w.step(`s${n}`, { resource_requirements: { cpu: 30, memory: 1 }, depends_on: [first.completion] });
    });
    const world = new RunWorld(wide)
      .opened()
      .place('first')
      .pass(5 * SECOND)
      .commit('first');
    expect(foresee(world.run, world.at, { ...DEFAULT_POOL, cpuUnits: 10 })).toBeUndefined();
  });
});
