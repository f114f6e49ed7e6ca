import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CORE_FLOORS, FLOORS } from '../architecture/support/floors.js';
import { allPages, blocksOf, headingsOf, pageAt, root, tableUnder } from './support/pages.js';

const readme = pageAt('README.md');
const packages = readdirSync(path.join(root, 'packages'));

describe('the README', () => {
  it('sets up with exactly two commands, which exist', () => {
    const commands = blocksOf(readme)
      .filter(({ info }) => info === 'sh')
      .flatMap(({ code }) => code.split('\n'));
    expect(commands).toEqual(['npm run demo', 'npm test']);
    const { scripts } = manifest('package.json');
    expect(Object.keys(scripts ?? {})).toEqual(expect.arrayContaining(['demo', 'test']));
  });

  it('shows code of at most twelve lines, comments and empty lines left out', () => {
    const [example] = blocksOf(readme).filter(({ info }) => info === 'ts');
    const lines = example?.code.split('\n').filter((line) => !/^\s*(\/\/.*)?$/.test(line)) ?? [];
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.length).toBeLessThanOrEqual(12);
  });

  it('lists every package by its name', () => {
    const listed = tableUnder(readme, 'Packages').map(([name]) => name);
    const names = packages.map((name) => manifest(`packages/${name}/package.json`).name);
    expect(listed.toSorted()).toEqual(names.toSorted());
  });

  it('names the version of Node that the manifest asks for', () => {
    const [least, , also] = manifest('package.json').engines?.node.match(/\d+\.\d+/g) ?? [];
    expect(readme.text).toContain(`Node ${least}`);
    expect(readme.text).toContain(also ?? '22.12');
  });
});

describe('the README of each package', () => {
  it.each(packages)('%s: begins with how to install it and with code that runs', (name) => {
    const page = pageAt(`packages/${name}/README.md`);
    const [first, second] = blocksOf(page);
    expect(headingsOf(page, 1)).toEqual([`@rockpool/${name}`]);
    expect(first?.info).toBe('sh');
    expect(first?.code).toContain(`@rockpool/${name}`);
    expect(second?.info).toMatch(/^(ts|sh)$/);
  });
});

describe('docs/architecture.md', () => {
  const page = pageAt('docs/architecture.md');

  it('shows the floors of the packages as the tests enforce them', () => {
    const picture = blocksOf(page).find(({ code }) => code.startsWith('floor'))?.code ?? '';
    const shown = picture.split('\n').flatMap((line) => {
      const floor = Number(/^floor (\d)/.exec(line)?.[1]);
      return packages
        .filter((name) => line.split(/\s+/).includes(name))
        .map((name) => [name, floor]);
    });
    expect(Object.fromEntries(shown)).toEqual(
      Object.fromEntries(packages.map((name) => [name, FLOORS[name]])),
    );
  });

  it('shows the floors inside core as the tests enforce them', () => {
    const shown = tableUnder(page, 'Inside core').map(([parts, , floor]) => ({
      floor: Number(floor),
      parts: parts?.split(', ').map((part) => part.replace(/\/$/, '')),
    }));
    const enforced = CORE_FLOORS.slice(0, -1).map((parts, floor) => ({ floor, parts }));
    expect(shown).toEqual(enforced);
  });
});

describe('every page', () => {
  it('has one title', () => {
    const wrong = allPages().filter((page) => headingsOf(page, 1).length !== 1);
    expect(wrong.map(({ path: file }) => file)).toEqual([]);
  });

  it('names only commands that exist', () => {
    const { scripts = {} } = manifest('package.json');
    const named = allPages().flatMap(({ path: file, text }) =>
      [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => ({ file, name })),
    );
    expect(named.map(({ name }) => name)).toEqual(expect.arrayContaining(['demo', 'bench']));
    expect(named.filter(({ name }) => scripts[name] === undefined)).toEqual([]);
  });

  it('names no path of the machine it was written on', () => {
    const wrong = allPages().filter(({ text }) =>
      /(^|[\s(`"'])(\/home\/|\/Users\/|\/tmp\/|[A-Z]:\\)/m.test(text),
    );
    expect(wrong.map(({ path: file }) => file)).toEqual([]);
  });
});

function manifest(file: string): {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node: string };
} {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8')) as ReturnType<typeof manifest>;
}
