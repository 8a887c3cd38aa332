/** What the checkers of the chaos look at: what the simulation's look at, and what only real processes leave behind. */

import type { Evidence } from '../../simulation/checkers/index.ts';
import type { Injected } from '../parts/injector.ts';
import type { Execution } from '../work/executions.ts';

export interface Facts extends Evidence {
  /** From the agents' own ledgers. */
  readonly executions: readonly Execution[];
  readonly faults: readonly Injected[];
  /** Processes that ended though nobody asked them to, or did not when they were asked. */
  readonly falls: readonly string[];
}

/** Says what is wrong, a line each; nothing when all is well. */
export type Check = (facts: Facts) => readonly string[];

export const clockOf = (at: number): string => new Date(at).toISOString().slice(11, 23);
