import { readFileSync } from 'node:fs';
import htm from 'htm/package.json' with { type: 'json' };
import uplot from 'uplot/package.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { serving } from './cockpit.js';

describe('what the dashboard needs of other packages', () => {
  it('is served by this server, in the version that is installed', async () => {
    const { url } = await serving();
    const text = async (path: string): Promise<string> => (await fetch(url + path)).text();
    const installed = (path: string): string =>
      readFileSync(new URL(`../node_modules/${path}`, import.meta.url), 'utf8');
    expect(await text('/dashboard/vendor/preact.js')).toBe(
      installed('htm/preact/standalone.module.js'),
    );
    expect(await text('/dashboard/vendor/uplot.js')).toContain(`v${uplot.version}`);
    expect(htm.version).toBe('3.1.1');
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
