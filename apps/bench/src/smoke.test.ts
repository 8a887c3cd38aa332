import { expect, it } from 'vitest';
import { seedDagBench, seedDagReport } from './index.ts';

it('a handful of real runs, embedded, gives a line of the published form', async () => {
  const report = seedDagReport.parse(await seedDagBench({ nats: false, concurrency: 2, runs: 5 }));
  expect(report.tutti.concurrent.runs).toBe(5);
}, 60_000);
