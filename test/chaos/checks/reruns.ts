/** What has succeeded is not done again: no execution of a step begins once its success is recorded. */
import { type Check, clockOf } from './facts.ts';

/** An order that was on its way when the success was recorded may still arrive, ms. */
const ON_ITS_WAY_MS = 2_500;

export const finishedStaysFinished: Check = ({ runs, executions }) =>
  runs.flatMap(({ run, events }) =>
    events.flatMap(({ type, data, time }) => {
      if (type !== 'step.succeeded') return [];
      const succeededAt = Date.parse(time);
      const again = executions.filter(
        (each) => each.run === run && each.step === data['step'] && each.from > succeededAt + ON_ITS_WAY_MS,
      );
      return again.map(
        ({ step, by, from }) =>
          `${run}: "${step}" succeeded at ${clockOf(succeededAt)} and began again at ${clockOf(from)} in ${by}`,
      );
    }),
  );
