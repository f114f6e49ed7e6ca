/**
 * What must agree across the workspace and would otherwise drift: references of the TypeScript
 * projects, manifests of the packages, entries of the build.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fromRoot, readJson } from './tooling/paths.mjs';
import { packagesInOrder } from './tooling/workspace.mjs';

const complaints = [];
const expect = (holds, complaint) => {
  if (!holds) complaints.push(complaint);
};

const rootManifest = readJson(fromRoot('package.json'));
const packages = packagesInOrder();
const byName = new Map(packages.map((entry) => [entry.manifest.name, entry]));
const referencesOf = (file) => readJson(file).references.map((reference) => reference.path);

const rootReferences = referencesOf(fromRoot('tsconfig.json'));
for (const { shortName } of packages) {
  for (const project of [`packages/${shortName}`, `packages/${shortName}/test`]) {
    expect(existsSync(fromRoot(project, 'tsconfig.json')), `${project} has no tsconfig.json`);
    expect(rootReferences.includes(project), `tsconfig.json lacks { "path": "${project}" }`);
  }
  for (const project of ['test', 'bench', 'examples']) {
    const wanted = `../packages/${shortName}`;
    expect(
      referencesOf(fromRoot(project, 'tsconfig.json')).includes(wanted),
      `${project}/tsconfig.json lacks { "path": "${wanted}" }`,
    );
  }
}

const versions = new Set(packages.map(({ manifest }) => manifest.version));
expect(
  versions.size === 1,
  `packages are released together but have versions ${[...versions].join(', ')}`,
);

for (const { folder, manifest, shortName, workspaceDependencies } of packages) {
  const { name } = manifest;
  expect(name === `@rockpool/${shortName}`, `packages/${shortName} is named ${name}`);
  expect(
    manifest.license === rootManifest.license,
    `${name}: license is not ${rootManifest.license}`,
  );
  expect(manifest.type === 'module', `${name}: type is not module`);
  expect(
    manifest.engines?.node === rootManifest.engines.node,
    `${name}: engines.node is not ${rootManifest.engines.node}`,
  );

  const references = referencesOf(path.join(folder, 'tsconfig.json'));
  for (const dependency of workspaceDependencies) {
    const target = `../${byName.get(dependency)?.shortName}`;
    expect(
      references.includes(target),
      `${name} depends on ${dependency}, but its tsconfig.json lacks { "path": "${target}" }`,
    );
  }

  for (const group of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    for (const [dependency, range] of Object.entries(manifest[group] ?? {})) {
      const exact = /^(workspace:.+|npm:.+@\d[\w.+-]*|\d[\w.+-]*)$/.test(range);
      expect(exact, `${name}: ${group} names ${dependency} as ${range}, not as an exact version`);
    }
  }

  const build = readFileSync(path.join(folder, 'tsup.config.ts'), 'utf8');
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string') continue;
    const source = target['@rockpool/source'];
    expect(
      source !== undefined && existsSync(path.join(folder, source)),
      `${name}: the source of export ${subpath} (${source}) does not exist`,
    );
    expect(
      source !== undefined && build.includes(`'${source.slice(2)}'`),
      `${name}: tsup.config.ts does not build ${source}`,
    );
    const entry =
      subpath === '.' ? 'index' : target.import.default.slice('./dist/'.length, -'.js'.length);
    const wanted = {
      '@rockpool/source': source,
      'module-sync': { types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` },
      import: { types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` },
      require: { types: `./dist/${entry}.d.cts`, default: `./dist/${entry}.cjs` },
    };
    expect(
      JSON.stringify(target) === JSON.stringify(wanted),
      `${name}: export ${subpath} should be ${JSON.stringify(wanted)}`,
    );
  }
}

if (complaints.length > 0) {
  console.error(complaints.join('\n'));
  process.exitCode = 1;
}
