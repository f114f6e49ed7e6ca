import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CORE_FLOORS, FLOORS } from './support/floors.js';
import { graphOf, knotsOf } from './support/graph.js';
import {
  importsOf,
  packageNames,
  packageOf,
  packageSources,
  root,
  type SourceFile,
  sourcesUnder,
  targetOf,
} from './support/sources.js';

const OURS = '@rockpool/';

describe('floors of packages', () => {
  it('knows the floor of every package', () => {
    expect(packageNames().filter((name) => FLOORS[name] === undefined)).toEqual([]);
  });

  it('imports only packages of lower floors, types included', () => {
    const wrong = packageSources()
      .flatMap(importsOf)
      .flatMap((site) => {
        const to = packageOf(site)?.startsWith(OURS)
          ? packageOf(site)?.slice(OURS.length)
          : undefined;
        const from = site.from.split('/')[1] as string;
        const below = to === undefined || (FLOORS[to] ?? 9) < (FLOORS[from] ?? 0);
        return below ? [] : [`${site.from} -> ${site.specifier}`];
      });
    expect(wrong).toEqual([]);
  });

  it('declares only packages of lower floors', () => {
    const wrong = packageNames().flatMap((name) => {
      const manifest = JSON.parse(
        readFileSync(path.join(root, 'packages', name, 'package.json'), 'utf8'),
      ) as Record<string, Record<string, string> | undefined>;
      const declared = [
        'dependencies',
        'peerDependencies',
        'optionalDependencies',
        'devDependencies',
      ]
        .flatMap((group) => Object.keys(manifest[group] ?? {}))
        .filter((dependency) => dependency.startsWith(OURS));
      return declared
        .filter((to) => (FLOORS[to.slice(OURS.length)] ?? 9) >= (FLOORS[name] ?? 0))
        .map((to) => `${name} -> ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  it('never reaches into the folder of another package', () => {
    const wrong = packageSources()
      .flatMap(importsOf)
      .filter((site) => {
        const target = targetOf(site);
        return (
          target !== undefined && !target.startsWith(site.from.split('/').slice(0, 3).join('/'))
        );
      });
    expect(wrong).toEqual([]);
  });

  it('lets the adapters and the event bus know the core alone', () => {
    const known = packageNames()
      .filter((name) => FLOORS[name] === 1)
      .flatMap((name) => sourcesUnder(`packages/${name}/src`))
      .flatMap(importsOf)
      .map(packageOf)
      .filter((name) => name?.startsWith(OURS));
    expect([...new Set(known)]).toEqual(['@rockpool/core']);
  });
});

describe('floors inside packages', () => {
  it.each(packageNames())(
    '%s: no file reaches itself through its imports, types included',
    (name) => {
      expect(knotsOf(graphOf(edgesOf(sourcesUnder(`packages/${name}/src`))))).toEqual([]);
    },
  );

  it('core: each folder names only what stands below it, types included', () => {
    const floorOf = (file: string): number => {
      const part = file.split('/')[3] as string;
      return CORE_FLOORS.findIndex((parts) => parts.includes(part));
    };
    const sources = sourcesUnder('packages/core/src');
    expect(
      sources.filter(({ path: file }) => floorOf(file) === -1).map((each) => each.path),
    ).toEqual([]);
    const upward = edgesOf(sources).filter(([from, to]) => {
      const inOneFolder = from.split('/')[3] === to.split('/')[3];
      const shared =
        CORE_FLOORS[floorOf(from)]?.includes('errors.ts') && floorOf(from) === floorOf(to);
      return !inOneFolder && !shared && floorOf(to) >= floorOf(from);
    });
    expect(upward.map(([from, to]) => `${from} -> ${to}`)).toEqual([]);
  });
});

function edgesOf(sources: readonly SourceFile[]): (readonly [string, string])[] {
  return sources.flatMap(importsOf).flatMap((site) => {
    const target = targetOf(site);
    return target === undefined ? [] : [[site.from, target] as const];
  });
}
