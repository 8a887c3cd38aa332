export {
  type GroupKeys,
  type InputKeys,
  type StepHandle,
  type StepKeys,
  type WorkflowBuilder,
  workflow,
} from './builder.ts';
export { type ConvertedFile, convertWorkflow } from './convert/convert.ts';
export { withHistory } from './estimates/apply.ts';
export type { FinishedStep } from './estimates/history.ts';
export { readHistory } from './estimates/read-history.ts';
export { explainStep, type Hold, type StepExplanation } from './explain/explain.ts';
export { poolResources, type Shortage, shortUnit } from './explain/usage.ts';
export { FIXED_VALUES } from './file/fixed-values.ts';
export {
  type InspectedWorkflow,
  inspectWorkflow,
  type LoadedWorkflow,
  type LoadOptions,
  lintWorkflow,
  loadWorkflow,
} from './file/load.ts';
export type { EdgeSource, Part, ReadTemplate, Sources } from './file/resolution.ts';
export { didYouMean } from './file/suggest.ts';
export { readYamlText } from './file/yaml.ts';
export { canonicalJson, definitionHash } from './plan/hash.ts';
export { type PlanOptions, planWorkflow, reportPlan } from './plan/plan.ts';
export { type Progress, type Replan, type ReplannedStep, replan, type StepProgress } from './replan/replan.ts';
export { bestOfRules } from './schedule/best.ts';
export type { Problem, Schedule, Scheduler } from './schedule/problem.ts';
export { workflowJsonSchema } from './schema.ts';
export type { SearchLimits } from './search/search.ts';
export { type RawProblem, type Solution, solve } from './search/solve.ts';
export { type RevisedWorkflow, type Revision, reviseWorkflow } from './whatif/revise.ts';
