/** The phases of a step that are over, as many as a row remembers. */

/**
 * What a step does or waits for at one moment; its whole life is spent in these. `telling`: its work is done, and its outcome is on
 * its way.
 */
export const PHASES = [
  'inputs',
  'pool',
  'instance',
  'backoff',
  'recovery',
  'pause',
  'person',
  'running',
  'telling',
  'commit',
  'ended',
] as const;
export type Phase = (typeof PHASES)[number];

export interface Wait {
  readonly kind: string;
  readonly names: readonly string[];
  readonly reason: string;
}

/** Less than this is the engine at work, not a wait that is worth a person's time, ms. */
export const NOTABLE_WAIT_MS = 50;

/** Time in one phase, from and to, ms since 1970. */
export interface Stretch {
  readonly phase: Phase;
  readonly fromMs: number;
  readonly toMs: number;
  /** What was told last of it. */
  readonly wait: Wait | undefined;
  /** Merged of offers, each of which was none worth naming, however long they are together. */
  readonly areBrief?: true;
}

/** Stretches that a row remembers: a step may be offered and refused for days. */
export const MAX_STRETCHES = 256;

/** To find room or an instance takes a moment where nobody has to wait. */
export function isBrief({ phase, fromMs, toMs, areBrief }: Stretch): boolean {
  const isOffer = phase === 'pool' || phase === 'instance';
  return areBrief === true || (isOffer && toMs - fromMs < NOTABLE_WAIT_MS);
}

/** Beyond the limit the older half becomes one stretch for each phase: how long each took in all stays, when it was does not. */
export function remembered(past: readonly Stretch[], next: Stretch): readonly Stretch[] {
  const all = [...past, next];
  return all.length <= MAX_STRETCHES ? all : [...merged(all.slice(0, HALF)), ...all.slice(HALF)];
}

const HALF = MAX_STRETCHES / 2;

/** One after the other from where the first began, in the order in which they came up first. */
function merged(stretches: readonly Stretch[]): readonly Stretch[] {
  const byKind = new Map<string, Stretch[]>();
  for (const each of stretches) {
    const kind = `${each.phase}${isBrief(each) ? ' brief' : ''}`;
    const same = byKind.get(kind);
    if (same === undefined) byKind.set(kind, [each]);
    else same.push(each);
  }
  let atMs = stretches[0]?.fromMs ?? 0;
  return [...byKind.values()].map((same) => {
    const last = same.at(-1) as Stretch;
    const fromMs = atMs;
    atMs += same.reduce((sum, each) => sum + each.toMs - each.fromMs, 0);
    return { ...last, fromMs, toMs: atMs, ...(isBrief(last) ? { areBrief: true as const } : {}) };
  });
}
