/** Asking for the context of a run: repeated until it is there. */
import type { Turn } from './turn.ts';

export function openContext(turn: Turn): void {
  const { run, ownerEpoch, definition, inputs } = turn.run;
  turn.ask('open', turn.contextSubject(), {
    type: 'context.open',
    run,
    ownerEpoch,
    ownership: definition.ownership,
    initial: { inputs },
  });
}
