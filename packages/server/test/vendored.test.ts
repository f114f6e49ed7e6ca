import { readFileSync } from 'node:fs';
import manifest from '@rockpool/server/package.json' with { type: 'json' };
import htm from 'htm/package.json' with { type: 'json' };
import preact from 'preact/package.json' with { type: 'json' };
import uplot from 'uplot/package.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { serving } from './cockpit.js';

describe('what the dashboard needs of other packages', () => {
  it.each([
    ['preact.js', 'htm/preact/standalone.module.js'],
    ['uplot.js', 'uplot/dist/uPlot.esm.js'],
    ['uplot.css', 'uplot/dist/uPlot.min.css'],
  ])('is served as vendor/%s byte for byte as the package has it', async (name, file) => {
    const { url } = await serving();
    const answer = await fetch(`${url}/dashboard/vendor/${name}`);
    const installed = readFileSync(new URL(`../node_modules/${file}`, import.meta.url));
    expect(Buffer.compare(Buffer.from(await answer.arrayBuffer()), installed)).toBe(0);
  });

  it('is pinned to the versions that are installed', () => {
    const { devDependencies } = manifest;
    for (const { name, version } of [htm, preact, uplot]) {
      expect(devDependencies[name as keyof typeof devDependencies], name).toBe(version);
    }
  });

  it('is all that it needs: every import and every link leads to this server', async () => {
    const { url } = await serving();
    const seen = new Set<string>();
    const follow = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      seen.add(path);
      const answer = await fetch(url + path);
      expect(answer.status, path).toBe(200);
      const source = await answer.text();
      const targets = [
        ...source.matchAll(/^import [^'"]*['"]([^'"]+)['"]/gm),
        ...source.matchAll(/(?:src|href)="([^"]+)"/g),
      ].map(([, target = '']) => target);
      for (const target of targets.filter((each) => !each.startsWith('data:'))) {
        const next = new URL(target, url + path);
        expect(next.origin).toBe(url);
        await follow(next.pathname);
      }
    };
    await follow('/');
    expect(seen.size).toBe(10);
  });
});
