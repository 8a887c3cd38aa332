/** What people are told of a step before it runs. */
import type { WaitsOn } from '@tutti/contracts';
import type { Turn } from './turn.ts';

/** Records what a step waits for and tells people. */
export function say(turn: Turn, id: string, waitsOn: WaitsOn): void {
  turn.setStep(id, { waitsOn });
  const { kind, names, reason } = waitsOn;
  turn.emit({ type: 'step.waiting', data: { step: id, kind, names, reason } });
}

/** All that the step waits for is there; told the first time. */
export function ready(turn: Turn, id: string): void {
  if (turn.step(id).readyAtMs !== undefined) return;
  turn.setStep(id, { readyAtMs: turn.at });
  turn.emit({ type: 'step.ready', data: { step: id, agent: turn.graph.step.get(id)?.agent ?? '' } });
}
