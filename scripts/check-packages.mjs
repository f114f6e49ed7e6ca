/**
 * Proves what users will install: packs every package, lints the tarballs (publint, attw), then unpacks
 * them into an empty project that has nothing but their declared dependencies, and there imports,
 * requires and type-checks every entry and starts every command.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBuilt } from './tooling/build.mjs';
import { Interrupted, runNode } from './tooling/child.mjs';
import {
  createConsumer,
  loadEntries,
  runPackedScripts,
  startCommands,
  typeCheckEntries,
} from './tooling/consumer.mjs';
import { ensureInstalled } from './tooling/install.mjs';
import { limit } from './tooling/limit.mjs';
import { withLock } from './tooling/lock.mjs';
import { binOf } from './tooling/paths.mjs';
import { runPnpm } from './tooling/pnpm.mjs';
import { StepFailed, step } from './tooling/steps.mjs';
import { packagesInOrder } from './tooling/workspace.mjs';

const checkPackages = async (folder) => {
  const packages = packagesInOrder().filter(({ manifest }) => manifest.private !== true);
  await step('packing', () =>
    runPnpm(['-r', '--filter', './packages/*', 'pack', '--pack-destination', folder]),
  );
  const tarballs = new Map(packages.map((entry) => [entry, tarballOf(folder, entry)]));

  const slots = limit(2);
  await everyOne(
    [...tarballs].flatMap(([{ manifest }, tarball]) => [
      slots(() => lint(`publint ${manifest.name}`, ['publint'], ['run', tarball, '--strict'])),
      slots(() =>
        lint(`attw ${manifest.name}`, ['@arethetypeswrong/cli', 'attw'], [tarball, ...attwOptions]),
      ),
    ]),
  );

  const consumer = await createConsumer(path.join(folder, 'consumer'), tarballs);
  await step('importing and requiring every entry', () => loadEntries(consumer));
  await step('type-checking every entry', () => typeCheckEntries(consumer));
  await step('running what depends on built files', () => runPackedScripts(consumer));
  await step('starting every command', () => startCommands(consumer));
};

const lint = (name, tool, args) =>
  step(name, () => runNode([binOf(...tool), ...args], { output: 'collect' }));

const attwOptions = ['--profile', 'node16', '--no-color', '--no-emoji'];

/** Waits for all, so that every failure is shown, then fails with the first. */
const everyOne = async (work) => {
  const failure = (await Promise.allSettled(work)).find(({ status }) => status === 'rejected');
  if (failure !== undefined) throw failure.reason;
};

const tarballOf = (folder, { manifest }) => {
  const expected = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
  if (!readdirSync(folder).includes(expected))
    throw new StepFailed(`${manifest.name} was not packed as ${expected}`);
  return path.join(folder, expected);
};

const folder = mkdtempSync(path.join(tmpdir(), 'rockpool-packages-'));
try {
  await withLock(async () => {
    await ensureInstalled();
    await ensureBuilt();
  });
  await checkPackages(folder);
} catch (error) {
  if (!(error instanceof Interrupted || error instanceof StepFailed)) throw error;
  process.exitCode = error.exitCode ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
