/** What has succeeded is not done again: no execution of a step begins once its success is recorded. */
import type { Execution } from '../work/executions.ts';
import { type Check, clockOf, type Facts } from './facts.ts';
import { silenceOfAgents } from './silence.ts';

/** An order that was on its way when the success was recorded may still arrive, ms. */
const ON_ITS_WAY_MS = 2_500;

interface Rerun {
  readonly execution: Execution;
  readonly text: string;
  /** Whether it was in a process that could not hear that it was not wanted. */
  readonly isExcused: boolean;
}

export const reruns = (facts: Facts): readonly Rerun[] =>
  facts.runs.flatMap(({ run, events }) =>
    events.flatMap(({ type, data, time }) => {
      if (type !== 'step.succeeded') return [];
      const doneAt = Date.parse(time);
      const isAgain = (one: Execution): boolean =>
        one.run === run && one.step === data['step'] && one.from > doneAt + ON_ITS_WAY_MS;
      return facts.executions.filter(isAgain).map((execution) => {
        const { step, by, from } = execution;
        const text = `${run}: "${step}" succeeded at ${clockOf(doneAt)} and began again at ${clockOf(from)} in ${by}`;
        return { execution, text, isExcused: silenceOfAgents(facts, execution) !== undefined };
      });
    }),
  );

export const finishedStaysFinished: Check = (facts) =>
  reruns(facts).flatMap(({ text, isExcused }) => (isExcused ? [] : [text]));
