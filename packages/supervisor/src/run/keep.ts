/**
 * Leases of attempts that were given up unheard (docs/adr/0016): whoever has the attempt may be cut off or stand still, and work on
 * until it hears or its own process stops it. Until then the pool must not give what it takes to others.
 */
import type { AttemptRef, Home } from '@tutti/contracts';
import { graphOf, stepsIn } from './graph.ts';
import { decidingOf, isActive, type KeptLease, type RunContext } from './model.ts';
import type { Turn } from './turn.ts';

export const leaseOf = ({ run, step, epoch }: Pick<AttemptRef, 'run' | 'step' | 'epoch'>): string =>
  `${run}/${step}/${epoch}`;

const NONE: readonly KeptLease[] = [];
export const keptBy = (run: RunContext): readonly KeptLease[] => run.kept ?? NONE;

export const isKept = (turn: Turn, lease: string): boolean => keptBy(turn.run).some((kept) => kept.lease === lease);

/** The present lease of a step is nobody's business any more: held for so long where somebody may use it, else given back. */
export function letGo(turn: Turn, id: string, keepMs = 0): void {
  const { lease, held } = turn.step(id);
  if (keepMs <= 0 || lease === undefined || !held) return turn.release(id);
  turn.setStep(id, { lease: undefined, held: false });
  turn.set({ kept: [...keptBy(turn.run), { lease, step: id, sinceMs: turn.at }] });
  turn.timer(`kept.${lease}`, keepMs, { type: 'timer.kept', lease });
}

/** It is sure that nobody uses it any more: it was heard to be over, or its time has passed. */
export function free(turn: Turn, lease: string): void {
  if (!forget(turn, lease)) return;
  turn.giveBack(lease);
  retireIfDone(turn);
}

/** An attempt that was given up is taken up again, its lease with it. */
export function takeUp(turn: Turn, lease: string): void {
  forget(turn, lease);
}

function forget(turn: Turn, lease: string): boolean {
  if (!isKept(turn, lease)) return false;
  const rest = keptBy(turn.run).filter((kept) => kept.lease !== lease);
  turn.set({ kept: rest.length === 0 ? undefined : rest });
  turn.clearTimer(`kept.${lease}`);
  return true;
}

/** Steps whose attempts may be under way as far as the run knows, and who has them. */
export function* activeSteps(run: RunContext): Generator<ActiveStep> {
  for (const [step, state] of stepsIn(run)) {
    if (!isActive(state)) continue;
    const { attempt, epoch, instance, home, startedAtMs, grantedAtMs } = state;
    const role = graphOf(run.definition).step.get(step)?.agent ?? '';
    const ref = { run: run.run, step, attempt, epoch };
    yield { step, ref, role, instance, home, sinceMs: startedAtMs ?? grantedAtMs ?? 0 };
  }
}

export interface ActiveStep {
  readonly step: string;
  readonly ref: AttemptRef;
  readonly role: string;
  readonly instance: string | undefined;
  readonly home: Home | undefined;
  /** Since when, ms since 1970. */
  readonly sinceMs: number;
}

/**
 * A run that has ended stays with its owner until it holds nothing any more, for only so does a new pool hear of it, and until what
 * people have decided is stored.
 */
export function retireIfDone(turn: Turn): void {
  if (turn.run.phase !== 'ended' || keptBy(turn.run).length > 0 || decidingOf(turn.run).length > 0) return;
  turn.clearTimer('sync');
  turn.effects.push({ type: 'retire' });
}
