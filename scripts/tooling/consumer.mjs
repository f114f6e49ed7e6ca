import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { runChild, runNode } from './child.mjs';
import { binOf, fromRoot, readJson } from './paths.mjs';
import { StepFailed } from './steps.mjs';

/**
 * An empty project with the packed packages as if installed. Each sees only the dependencies it
 * declares, linked from this workspace, so that no registry is needed.
 */
export const createConsumer = async (folder, tarballs) => {
  const installed = [];
  for (const [{ manifest, folder: source }, tarball] of tarballs) {
    const target = path.join(folder, 'node_modules', ...manifest.name.split('/'));
    mkdirSync(target, { recursive: true });
    // Relative names: some versions of tar read `C:` as a remote machine.
    const { exitCode, output } = await runChild(
      'tar',
      ['-xzf', path.relative(target, tarball).replaceAll('\\', '/'), '--strip-components=1'],
      { cwd: target, output: 'collect' },
    );
    if (exitCode !== 0) throw new StepFailed(`cannot unpack ${tarball}: ${output}`);
    const packed = readJson(path.join(target, 'package.json'));
    for (const name of Object.keys({ ...packed.peerDependencies, ...packed.dependencies })) {
      if (!name.startsWith('@rockpool/')) link(source, target, name);
    }
    installed.push({ manifest: packed, folder: target, source });
  }
  link(fromRoot(), folder, '@types/node');
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  return { folder, installed };
};

/** Imports and requires every entry, loads the CommonJS build itself, and compares the names they export. */
export const loadEntries = ({ folder, installed }) => {
  const entries = installed.flatMap(({ manifest }) =>
    codeEntries(manifest).map(([specifier, target]) => ({
      specifier,
      commonJs: path.join(
        folder,
        'node_modules',
        ...manifest.name.split('/'),
        target.require.default,
      ),
    })),
  );
  const script = path.join(folder, 'load.mjs');
  writeFileSync(
    script,
    `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const namesOf = (module) => Object.keys(module).filter((name) => name !== '__esModule' && name !== 'module.exports').sort().join(' ');
for (const { specifier, commonJs } of ${JSON.stringify(entries)}) {
  const imported = namesOf(await import(specifier));
  if (imported === '') throw new Error(specifier + ' exports nothing at run time');
  for (const [way, module] of [['require', require(specifier)], ['the CommonJS build', require(commonJs)]]) {
    if (namesOf(module) !== imported) throw new Error(specifier + ': import gives ' + imported + ', but ' + way + ' gives ' + namesOf(module));
  }
}
`,
  );
  return runNode([script], { cwd: folder, output: 'collect' });
};

/** Compiles an ESM and a CommonJS file that use every entry, as a strict user of TypeScript would. */
export const typeCheckEntries = ({ folder, installed }) => {
  const specifiers = installed.flatMap(({ manifest }) =>
    codeEntries(manifest).map(([specifier]) => specifier),
  );
  const lines = specifiers.map(
    (specifier, index) => `import * as m${index} from '${specifier}';\nvoid m${index};`,
  );
  for (const file of ['esm.mts', 'cjs.cts'])
    writeFileSync(path.join(folder, file), `${lines.join('\n')}\n`);
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'ES2022',
        lib: ['ES2023', 'ESNext.Disposable', 'DOM'],
        module: 'NodeNext',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      },
      files: ['esm.mts', 'cjs.cts'],
    }),
  );
  return runNode([binOf('typescript', 'tsc'), '-p', folder, '--pretty', 'false'], {
    cwd: folder,
    output: 'collect',
  });
};

/** Starts every command with `--help`, which must end well and print something. */
export const startCommands = async ({ folder, installed }) => {
  for (const { manifest, folder: target } of installed) {
    for (const [command, file] of Object.entries(manifest.bin ?? {})) {
      const script = path.join(target, file);
      if (!existsSync(script))
        return failure(`${manifest.name}: ${command} points at ${file}, which is not packed`);
      if (!readFileSync(script, 'utf8').startsWith('#!/usr/bin/env node\n')) {
        return failure(`${manifest.name}: ${file} does not begin with #!/usr/bin/env node`);
      }
      const { exitCode, output } = await runNode([script, '--help'], {
        cwd: folder,
        output: 'collect',
      });
      if (exitCode !== 0 || output.trim() === '') {
        return failure(`${command} --help ended with code ${exitCode} and printed: ${output}`);
      }
    }
  }
  return { exitCode: 0, output: '' };
};

/** Runs the scripts of `test/packed` of each package as a user's own: what depends on where built files lie. */
export const runPackedScripts = async ({ folder, installed }) => {
  for (const { source } of installed) {
    const scripts = path.join(source, 'test', 'packed');
    if (!existsSync(scripts)) continue;
    for (const name of readdirSync(scripts)) {
      copyFileSync(path.join(scripts, name), path.join(folder, name));
      const { exitCode, output } = await runNode([name], { cwd: folder, output: 'collect' });
      if (exitCode !== 0) return failure(`${path.join(scripts, name)} failed: ${output}`);
    }
  }
  return { exitCode: 0, output: '' };
};

const failure = (output) => ({ exitCode: 1, output });

const link = (source, target, name) => {
  const place = path.join(target, 'node_modules', ...name.split('/'));
  mkdirSync(path.dirname(place), { recursive: true });
  symlinkSync(
    realpathSync(path.join(source, 'node_modules', ...name.split('/'))),
    place,
    'junction',
  );
};

/** `[specifier, conditions]` of every entry of `exports` that is code. */
const codeEntries = ({ name, exports }) =>
  Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([subpath, target]) => [path.posix.join(name, subpath), target]);
