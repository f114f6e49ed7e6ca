import { rmSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { Interrupted, runNode } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import { binOf, readJson, stateFolder } from './paths.mjs';
import { StepFailed, say, step } from './steps.mjs';

/**
 * Installs, builds (some tests start the built command), checks types and runs the whole suite.
 * The last line on standard output is `N passed, N failed`, with `, N skipped` when there are any.
 * A build, a type check or a runner that fails counts as one failure each.
 */
export const runTests = async (args) => {
  const troubles = [];
  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      if (!(error instanceof StepFailed)) console.error(error);
      troubles.push(error.message);
    }
  };

  await attempt(() => withLock(ensureInstalled));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  if (troubles.length === 0) {
    await attempt(() => withLock(ensureBuilt));
    await attempt(checkTypes);
    await attempt(async () => Object.assign(counts, await runSuite(args)));
  }

  for (const trouble of troubles) say(`counted as one failure: ${trouble}`);
  const failed = counts.failed + troubles.length;
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  process.stdout.write(`\n${counts.passed} passed, ${failed} failed${skipped}\n`);
  return failed === 0 ? 0 : 1;
};

const checkTypes = () =>
  step('checking types', () =>
    runNode([binOf('typescript', 'tsc'), '-b', '--pretty', 'false'], { output: 'collect' }),
  );

const runSuite = async (args) => {
  const countsFile = path.join(stateFolder, `test-counts-${process.pid}.json`);
  const ownReporter = args.some((argument) => argument.startsWith('--reporter'));
  const reporters = [
    ...(ownReporter ? [] : ['--reporter=default']),
    '--reporter=./scripts/tooling/count-reporter.mjs',
  ];
  try {
    const { exitCode } = await runNode([binOf('vitest'), 'run', ...reporters, ...args], {
      env: { ...process.env, ROCKPOOL_TEST_COUNTS: countsFile },
    });
    const counts = readJson(countsFile);
    // A coverage threshold, for one, fails the run without failing a test.
    if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new StepFailed('vitest ended without reporting what it ran');
  } finally {
    rmSync(countsFile, { force: true });
  }
};
