import { workflow } from '@tutti/planner';
import { describe, expect, it } from 'vitest';
import { RunWorld } from '../testing/run-world.ts';
import { FORECAST_EACH_MS, FORECAST_STEPS } from './forecast.ts';
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
    const world = run()
      .place('first')
      .pass(9 * SECOND)
      .commit('first');
    const [told] = world.events('run.forecast') as [{ predictedEndMs: number; delayMs: number; critical: string[] }];
    expect(told.delayMs / SECOND).toBeCloseTo(4, 0);
    expect(told.critical).toEqual(['long_1', 'long_2']);
    const { predictedEndMs = 0, submittedAtMs } = viewOf(world.run);
    expect(predictedEndMs - submittedAtMs).toBe(Math.round(told.predictedEndMs));
  });

  it('asks for what waits at the time when it will really begin, in the class that it has', () => {
    const world = run()
      .place('first')
      .pass(9 * SECOND)
      .commit('first');
    const [long, short] = requests(world).filter(({ step }) => step !== 'first');
    expect([long, short]).toMatchObject([
      { step: 'long_1', priority: 10 },
      { step: 'short_1', priority: 7 },
    ]);
    const begins = -(long?.rank ?? 0) - world.run.submittedAtMs;
    expect(begins / SECOND).toBeCloseTo(9, 0);
  });

  it('asks for a step that became critical in the class of the critical ones', () => {
    const world = run()
      .place('first')
      .pass(5 * SECOND)
      .commit('first')
      .place('long_1')
      .place('short_1')
      .forget();
    world.pass(SECOND).commit('long_1').place('long_2').forget();
    world.pass(SECOND).commit('long_2').forget();
    world.pass(40 * SECOND).commit('short_1');
    expect(requests(world)).toMatchObject([{ step: 'short_2', priority: 10 }]);
    expect(world.events('run.forecast')).toMatchObject([{ critical: ['short_2'] }]);
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
