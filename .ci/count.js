// count.js REPORT EXIT_CODE: prints "passed failed skipped" of one vitest run, from its JSON report.

import { existsSync, readFileSync } from 'node:fs';

const [file = '', exitCode = '1'] = process.argv.slice(2);

function count() {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, note: 'no report was written' };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  // A file that could not be loaded has no tests of its own; it counts as one that failed.
  const unloaded = report.testResults.filter((each) => each.status === 'failed' && !hasFailed(each)).length;
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + unloaded;
  const skipped = report.numPendingTests + report.numTodoTests;
  if (passed + failed === 0) return { passed, failed: 1, skipped, note: 'no test ran' };
  // Unhandled errors and a broken teardown fail a run in which every single test passed.
  if (failed === 0 && exitCode !== '0') return { passed, failed: 1, skipped, note: `vitest exited with ${exitCode}` };
  return { passed, failed, skipped };
}

function hasFailed(result) {
  return result.assertionResults.some((test) => test.status === 'failed');
}

const { passed, failed, skipped, note } = count();
if (note) process.stderr.write(`${note}\n`);
process.stdout.write(`${passed} ${failed} ${skipped}\n`);
