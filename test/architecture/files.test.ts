import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import {
  importsOf,
  packageNames,
  packageOf,
  packageSources,
  packagesNamed,
  root,
  sourcesUnder,
} from './support/sources.js';

const MOST_LINES = 400;

/** Files that are longer all the same, and why. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'packages/core/test/generic-pool/readme.test.ts':
    'one catalogue: what the README of generic-pool documents, in its order',
  'packages/core/test/generic-pool/fixed-bugs.test.ts':
    'one catalogue: the bugs of generic-pool that are repaired',
};

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

describe('dependencies', () => {
  it.each(packageNames())('%s imports exactly what its manifest names', (name) => {
    const { dependencies = {}, peerDependencies = {} } = manifestOf(`packages/${name}`);
    const named = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
    const imported = new Set([
      ...sourcesUnder(`packages/${name}/src`)
        .flatMap(importsOf)
        .map(packageOf)
        .filter((each) => each !== undefined && each !== `@rockpool/${name}`),
      ...optionalPeersUsedBy(name),
    ]);
    expect([...imported].filter((each) => !named.has(each as string)).sort()).toEqual([]);
    expect([...named].filter((each) => !imported.has(each)).sort()).toEqual([]);
  });

  it('names a development dependency only where a test imports it', () => {
    const unused = packageNames().flatMap((name) => {
      const { devDependencies = {} } = manifestOf(`packages/${name}`);
      const imported = new Set(
        [...sourcesUnder(`packages/${name}/src`), ...sourcesUnder(`packages/${name}/test`)]
          .flatMap(importsOf)
          .map(packageOf)
          .concat(optionalPeersUsedBy(name)),
      );
      return Object.keys(devDependencies)
        .filter((each) => !imported.has(each) && !imported.has(each.replace(/^@types\//, '')))
        .map((each) => `${name}: ${each}`);
    });
    expect(unused).toEqual([]);
  });
});

describe('files', () => {
  const all = [
    ...packageSources(),
    ...packageNames().flatMap((name) => sourcesUnder(`packages/${name}/test`)),
    ...['test', 'bench', 'examples'].flatMap(sourcesUnder),
  ];

  it(`has no file of more than ${MOST_LINES} lines without a reason`, () => {
    const long = all
      .map(({ path: file, text }) => ({ file, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > MOST_LINES);
    const unnamed = long.filter(({ file }) => LONG_FILES[file] === undefined);
    expect(unnamed.map(({ file, lines }) => `${file}: ${lines} lines`)).toEqual([]);
    const stale = Object.keys(LONG_FILES).filter(
      (file) => !long.some((each) => each.file === file),
    );
    expect(stale).toEqual([]);
  });

  it('keeps every index.ts to re-exports', () => {
    const more = packageSources()
      .filter(({ path: file }) => path.posix.basename(file) === 'index.ts')
      .filter(({ tree }) =>
        tree.statements.some(
          (each) => !ts.isExportDeclaration(each) || each.moduleSpecifier === undefined,
        ),
      );
    expect(more.map(({ path: file }) => file)).toEqual([]);
  });

  it('names every file by what it is about', () => {
    const vague = all.filter(({ path: file }) =>
      /(^|[-.])(utils?|helpers?|misc|common|manager|impl)([-.]|$)/.test(path.posix.basename(file)),
    );
    expect(vague.map(({ path: file }) => file)).toEqual([]);
  });
});

/** Optional peers whose names stand in the sources: they are loaded late, where there is one. */
function optionalPeersUsedBy(name: string): string[] {
  const { peerDependenciesMeta = {} } = manifestOf(`packages/${name}`);
  const sources = sourcesUnder(`packages/${name}/src`);
  return Object.keys(peerDependenciesMeta).filter((peer) =>
    sources.some((source) => packagesNamed(source).has(peer)),
  );
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as Manifest;
}
