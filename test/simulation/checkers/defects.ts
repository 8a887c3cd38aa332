/** Whatever goes wrong outside, no step of a machine throws, and no effect is impossible. */
import { type Checker, when } from './evidence.ts';

/** Words of the kernel's log that speak of a defect of ours, never of the network's. */
const DEFECTS = ['a step failed', 'an effect could not be performed', 'internal_error'];

export const nothingThrows: Checker = ({ observations }) =>
  observations.flatMap((seen) => {
    if (seen.kind !== 'log') return [];
    const line = `${seen.text} ${seen.error}`;
    return DEFECTS.some((word) => line.includes(word)) ? [`${when(seen.at)}: ${seen.process}: ${line}`] : [];
  });
