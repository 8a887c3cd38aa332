/**
 * The known exception: whoever hears nothing for long is given up, and what it does until it hears of that is done in vain,
 * beside whoever does it instead.
 */
import type { Injected } from '../parts/injector.ts';
import type { Execution } from '../work/executions.ts';
import type { Facts } from './facts.ts';

/** Silence after which somebody may be given up, ms: an order must be accepted within this, and a node stops itself before. */
export const GIVEN_UP_MS = 2_000;
/** What was ordered in the silence may begin when it ends, until the order to stop is heard too; a program starts slowly, ms. */
const ON_ITS_WAY_MS = 1_500;
/** How long the consequences of a silent owner may last, ms: the lease of the pool, and a look at it. */
const AFTERWARDS_MS = 12_000;

const lasted = ({ from, to }: Injected): boolean => to - from >= GIVEN_UP_MS;

/** The silence of a process of agents that an execution in it began before or at the end of. */
export const silenceOfAgents = ({ faults }: Facts, one: Execution): Injected | undefined =>
  faults.find(
    (fault) =>
      (fault.kind === 'freeze_agents' || fault.kind === 'cut_agents') &&
      lasted(fault) &&
      fault.target === one.by &&
      one.from <= fault.to + ON_ITS_WAY_MS &&
      one.to >= fault.from + GIVEN_UP_MS,
  );

/** The silence of a node, which may have owned runs or the pool, that may still be felt at a moment. */
export const silenceOfNodes = ({ faults }: Facts, at: number): Injected | undefined =>
  faults.find(
    (fault) =>
      (fault.kind === 'freeze_node' || fault.kind === 'cut_node') &&
      lasted(fault) &&
      fault.from + GIVEN_UP_MS <= at &&
      at <= fault.to + AFTERWARDS_MS,
  );

export const nameOf = ({ kind, target, from, to }: Injected): string => `${kind} of ${target}, ${to - from} ms`;
