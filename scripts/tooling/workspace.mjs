import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fromRoot, readJson } from './paths.mjs';

/** The packages under `packages/`, each after all it depends on. */
export const packagesInOrder = () => {
  const all = new Map(readPackages().map((entry) => [entry.manifest.name, entry]));
  const ordered = [];
  const visit = (entry, path_) => {
    if (ordered.includes(entry)) return;
    if (path_.includes(entry.manifest.name)) {
      throw new Error(
        `packages depend on each other in a circle: ${[...path_, entry.manifest.name].join(' -> ')}`,
      );
    }
    for (const dependency of entry.workspaceDependencies) {
      const target = all.get(dependency);
      if (target !== undefined) visit(target, [...path_, entry.manifest.name]);
    }
    ordered.push(entry);
  };
  for (const entry of all.values()) visit(entry, []);
  return ordered;
};

const readPackages = () =>
  readdirSync(fromRoot('packages'), { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() && existsSync(fromRoot('packages', entry.name, 'package.json')),
    )
    .map((entry) => {
      const folder = fromRoot('packages', entry.name);
      const manifest = readJson(path.join(folder, 'package.json'));
      const { dependencies, peerDependencies, devDependencies } = manifest;
      const workspaceDependencies = Object.entries({
        ...devDependencies,
        ...peerDependencies,
        ...dependencies,
      })
        .filter(([, range]) => range.startsWith('workspace:'))
        .map(([name]) => name)
        .sort();
      return { folder, manifest, shortName: entry.name, workspaceDependencies };
    });
