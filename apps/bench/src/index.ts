export { type KernelOptions, type KernelReport, kernelBench } from './kernel/bench.ts';
export { type PlanReport, planBench } from './plan/bench.ts';
export { type SeedDagOptions, seedDagBench } from './seed-dag/bench.ts';
export { type SeedDagReport, seedDagReport } from './seed-dag/report.ts';
