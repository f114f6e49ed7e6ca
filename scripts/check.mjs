/**
 * Every check of the repository except the tests, one after the other, with a summary at the end.
 * `npm run check` runs all; `npm run check -- types lint` only those named.
 */

import { ensureBuilt } from './tooling/build.mjs';
import { Interrupted, runNode } from './tooling/child.mjs';
import { ensureInstalled } from './tooling/install.mjs';
import { withLock } from './tooling/lock.mjs';
import { binOf, fromRoot } from './tooling/paths.mjs';
import { StepFailed, say, secondsSince, step } from './tooling/steps.mjs';

const tool = (name, script, args) =>
  step(name, () => runNode([script, ...args], { output: 'collect' }));

const checks = {
  workspace: () =>
    tool(
      'workspace: manifests and configurations agree',
      fromRoot('scripts', 'check-workspace.mjs'),
      [],
    ),
  types: () => tool('types: tsc -b', binOf('typescript', 'tsc'), ['-b', '--pretty', 'false']),
  format: () =>
    tool('format and lint: biome', binOf('@biomejs/biome', 'biome'), [
      'check',
      '--error-on-warnings',
      '.',
    ]),
  lint: () => tool('promises: eslint', binOf('eslint'), ['--max-warnings', '0', '.']),
  unused: () => tool('unused code: knip', binOf('knip'), []),
  build: () => withLock(ensureBuilt),
  docs: () => tool('API documentation: typedoc', binOf('typedoc'), ['--logLevel', 'Warn']),
  packages: () =>
    tool('packages: publint, attw and a consumer', fromRoot('scripts', 'check-packages.mjs'), []),
};

const chooseChecks = (names) => {
  const unknown = names.filter((name) => !Object.hasOwn(checks, name));
  if (unknown.length > 0) {
    say(`unknown check ${unknown.join(', ')}; known are ${Object.keys(checks).join(', ')}`);
    process.exit(2);
  }
  return names.length > 0 ? names : Object.keys(checks);
};

const runChecks = async (names) => {
  const failed = [];
  for (const name of names) {
    try {
      await checks[name]();
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      if (!(error instanceof StepFailed)) console.error(error);
      failed.push(name);
    }
  }
  return failed;
};

const startedAt = performance.now();
try {
  const names = chooseChecks(process.argv.slice(2));
  await withLock(ensureInstalled);
  const failed = await runChecks(names);
  say(
    failed.length === 0
      ? `all ${names.length} checks are good (${secondsSince(startedAt)})`
      : `${failed.length} of ${names.length} checks failed: ${failed.join(', ')} (${secondsSince(startedAt)}); ` +
          `once mended, run them alone: npm run check -- ${failed.join(' ')}`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof Interrupted || error instanceof StepFailed)) throw error;
  process.exitCode = error.exitCode ?? 1;
}
