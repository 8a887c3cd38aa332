/** A journal has one writer at a time: the ownership epochs of its records never go back, and nothing follows its end. */
import type { Checker } from './evidence.ts';

export const journalsHaveOneWriter: Checker = ({ journals }) => {
  const wrong: string[] = [];
  for (const { key, records } of journals) {
    let newest = 0;
    for (const [i, { epoch, kind }] of records.entries()) {
      if (epoch < newest) wrong.push(`${key}: record ${i + 1} is of epoch ${epoch}, after ${newest}`);
      if (epoch > newest && i > 0 && kind !== 'acquired')
        wrong.push(`${key}: record ${i + 1} begins epoch ${epoch} without taking over`);
      newest = Math.max(newest, epoch);
    }
  }
  return wrong;
};
