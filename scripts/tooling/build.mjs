import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { runNode } from './child.mjs';
import { limit } from './limit.mjs';
import { binOf, fromRoot, root } from './paths.mjs';
import { readStamp, writeStamp } from './stamp.mjs';
import { StepFailed, step } from './steps.mjs';
import { packagesInOrder } from './workspace.mjs';

/** Builds every package whose sources, configuration or dependencies changed since its last build. */
export const ensureBuilt = async () => {
  const packages = packagesInOrder();
  const keys = buildKeys(packages);
  const stale = packages.filter((entry) => !isFresh(entry, keys.get(entry.manifest.name)));
  if (stale.length === 0) return;

  // A package waits for those it depends on: their declarations are read from `dist`.
  const slots = limit(2);
  const building = new Map();
  for (const entry of stale) {
    const { name } = entry.manifest;
    const earlier = entry.workspaceDependencies.map((dependency) => building.get(dependency));
    const build = Promise.all(earlier).then(() => slots(() => buildPackage(entry, keys.get(name))));
    building.set(name, build);
  }
  const results = await Promise.allSettled(building.values());
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
};

const buildPackage = async (entry, key) => {
  await step(`building ${entry.manifest.name}`, () =>
    runNode([binOf('tsup')], { cwd: entry.folder, output: 'collect' }),
  );
  const outputs = outputsOf(entry);
  if (outputs.length === 0)
    throw new StepFailed(`building ${entry.manifest.name} left no dist folder`);
  writeStamp(stampName(entry), { key, outputs });
};

const isFresh = (entry, key) => {
  const stamp = readStamp(stampName(entry));
  return stamp?.key === key && JSON.stringify(stamp.outputs) === JSON.stringify(outputsOf(entry));
};

const stampName = (entry) => path.join('build', entry.shortName);

/** Name, size and time of every built file: a build by hand, or a deleted file, is noticed. */
const outputsOf = (entry) =>
  filesUnder(path.join(entry.folder, 'dist')).map((file) => {
    const { size, mtimeMs } = statSync(file);
    return [path.relative(entry.folder, file), size, mtimeMs];
  });

const buildKeys = (packages) => {
  const shared = hashOf(
    ['tsup.shared.ts', 'tsconfig.base.json', 'pnpm-lock.yaml'].map((file) => fromRoot(file)),
  );
  const keys = new Map();
  for (const entry of packages) {
    const own = ['package.json', 'tsconfig.json', 'tsup.config.ts'].map((file) =>
      path.join(entry.folder, file),
    );
    const dependencies = entry.workspaceDependencies.map((name) => keys.get(name) ?? name);
    // `dashboard` is copied as it is, where there is one.
    const sources = ['src', 'fixtures', 'dashboard'].flatMap((part) =>
      filesUnder(path.join(entry.folder, part)),
    );
    const content = hashOf([...own, ...sources]);
    keys.set(
      entry.manifest.name,
      createHash('sha256')
        .update([shared, content, ...dependencies].join('\n'))
        .digest('hex'),
    );
  }
  return keys;
};

const hashOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${path.relative(root, file)}\0`);
    if (existsSync(file)) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
};

const filesUnder = (folder) => {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
};
