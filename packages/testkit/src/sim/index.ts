/** Whole clusters from seeds, on virtual time, with faults: `@tutti/testkit/simulation`. */
export { type AgentScript, BEHAVIOURS, LATE_ROLE, ROLES_OF_AGENTS } from './agents.ts';
export { type Cuts, faultsIn } from './cuts.ts';
export { type FaultRates, faultsFrom, NO_FAULTS } from './faults.ts';
export { type Seeded, seeded } from './random.ts';
export {
  DEFAULT_CALM_MS,
  DEFAULT_STORM_MS,
  type RunEnd,
  type Simulation,
  type SimulationOptions,
  simulate,
} from './simulate.ts';
export { EPOCH_MS, VirtualTime } from './time.ts';
export {
  type Appended,
  type LogLine,
  type Lost,
  lineOf,
  type Noted,
  type Observation,
  type Seen,
  type Stopped,
  Trace,
  type Watched,
  type Worked,
} from './trace.ts';
export { defaultOf, randomDag, seedDag } from './workflows.ts';
