import { groupBy } from '../file/names.ts';
import { type Lint, placeOf } from './place.ts';

/** Outputs that no step takes. What nothing depends on at all is a result of the run, and rightly unread. */
export function lintUnused(lint: Lint): void {
  const { steps } = lint.definition;
  const taken = groupBy(
    steps.flatMap((step) => step.inputs.flatMap(({ from, path }) => from.map((producer) => ({ producer, path })))),
    ({ producer }) => producer,
  );
  for (const { id, outputs, wait } of steps) {
    const reads = taken.get(id);
    // What an answer leaves is the same for all; nobody has declared it.
    if (reads === undefined || wait !== undefined) continue;
    outputs.forEach((output, index) => {
      if (reads.some(({ path }) => overlap(path, output))) return;
      const suggestion = 'take it somewhere, or leave it out';
      const at = placeOf(lint, id, 'outputs', index);
      lint.findings.add('unused_output', at, `no step takes ${output} of "${id}"`, { severity: 'note', suggestion });
    });
  }
}

/** Whether two context paths are the same or one lies inside the other. */
export const overlap = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
