import { defineConfig } from 'vitest/config';

/*
 * One project a kind of test. No project passes when it finds no tests: a part of the suite that has become empty is a
 * broken part, not a good one.
 *
 * `@tutti/source` makes every `@tutti/*` import resolve to TypeScript source, so no test needs a build. The others are Vite's
 * own defaults for a server: naming one condition replaces the whole list.
 */
const conditions = ['@tutti/source', 'module', 'node', 'development|production'];
const source = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@tutti/source', 'node'] } },
};

const SECOND = 1_000;

/** For tests of one process that clean up after themselves: to load every module anew for each file took half of their time. */
const shared = { isolate: false } as const;

export default defineConfig({
  ...source,
  test: {
    passWithNoTests: false,
    allowOnly: !process.env.CI,
    // Two workers fill the two cores the suite is planned for; a bigger machine may take more.
    maxWorkers: process.env.TUTTI_TEST_WORKERS ? Number(process.env.TUTTI_TEST_WORKERS) : 2,
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/*/src/**/*.test.ts',
            'examples/**/*.test.ts',
            'test/chaos/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 10 * SECOND,
          ...shared,
        },
      },
      {
        ...source,
        test: {
          name: 'architecture',
          include: ['test/architecture/**/*.test.ts'],
          testTimeout: 60 * SECOND,
          ...shared,
        },
      },
      {
        ...source,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60 * SECOND,
          hookTimeout: 120 * SECOND,
          pool: 'forks',
        },
      },
      {
        ...source,
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 180 * SECOND,
          ...shared,
        },
      },
      {
        ...source,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180 * SECOND,
          hookTimeout: 180 * SECOND,
          pool: 'forks',
        },
      },
    ],
  },
});
