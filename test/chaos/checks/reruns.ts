/** What has succeeded is not done again: no execution of a step begins once its success is recorded. */
import type { Execution } from '../work/executions.ts';
import { type Check, clockOf } from './facts.ts';

/** An order that was on its way when the success was recorded may still arrive, ms. */
const ON_ITS_WAY_MS = 2_500;

export const finishedStaysFinished: Check = (facts) =>
  facts.runs.flatMap(({ run, events }) =>
    events.flatMap(({ type, data, time }) => {
      if (type !== 'step.succeeded') return [];
      const doneAt = Date.parse(time);
      const isAgain = (one: Execution): boolean =>
        one.run === run && one.step === data['step'] && one.from > doneAt + ON_ITS_WAY_MS;
      return facts.executions
        .filter(isAgain)
        .map(
          ({ step, by, from }) =>
            `${run}: "${step}" succeeded at ${clockOf(doneAt)} and began again at ${clockOf(from)} in ${by}`,
        );
    }),
  );
