export { type GroupEvent, groupMachine, stepGroup } from './group-machine.ts';
export { type WorkflowKindOptions, workflowKind } from './kind.ts';
export { createRunMachine, RUN_ACCEPTS, type RunEvent } from './machine.ts';
export type { RunContext } from './run/model.ts';
export { rowOf, viewOf } from './run/view.ts';
