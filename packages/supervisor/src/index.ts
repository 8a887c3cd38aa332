export { type GroupEvent, groupMachine, stepGroup } from './group-machine.ts';
export { type WorkflowKindOptions, workflowKind } from './kind.ts';
export { createRunMachine, RUN_ACCEPTS, type RunEvent } from './machine.ts';
export { type CommitWanted, performCommit } from './placing/commits.ts';
export { type DecisionWanted, performDecision } from './placing/decisions.ts';
export {
  createDispatcher,
  DEFAULT_DISPATCHER_OPTIONS,
  type Dispatcher,
  type DispatcherOptions,
} from './placing/dispatcher.ts';
export { BEAT_MS, MAX_PROCESSES, Registry, type RegistryChange } from './placing/registry.ts';
export { Snapshots } from './placing/snapshots.ts';
export { TIMEOUT_GRACE_MS } from './run/attempt.ts';
export { isUnwanted, STOP_GRACE_MS } from './run/cancel.ts';
export { FORECAST_EACH_MS, foresee } from './run/forecast.ts';
export { type ActiveStep, activeSteps } from './run/keep.ts';
export type { RunContext } from './run/model.ts';
export { rowOf, viewOf } from './run/view.ts';
