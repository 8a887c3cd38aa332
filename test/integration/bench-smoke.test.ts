import { kernelBench, seedDagBench, seedDagReport } from '@tutti/bench';
import { expect, it } from 'vitest';

it('a handful of real runs, embedded, gives a line of the published form', async () => {
  const report = seedDagReport.parse(await seedDagBench({ nats: false, concurrency: 2, runs: 5, warmUpRuns: 1 }));
  expect(report.tutti.concurrent.runs).toBe(5);
}, 60_000);

it('the kernel alone takes whole runs of the seed DAG, and parks some', async () => {
  const report = await kernelBench({ runs: 20 });
  // 1 start, 1 context, and for each of 6 steps: admitted, placed, done, committed; the last one gives its lease back.
  expect(report.stepsARun).toBe(27);
  expect(report.bytesAParkedRun).toBeGreaterThan(0);
}, 60_000);
