export { type SeedDagOptions, seedDagBench } from './seed-dag/bench.ts';
export { type SeedDagReport, seedDagReport } from './seed-dag/report.ts';
