import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { allPages, anchorsOf, type Link, linksOf, pageAt, root } from './support/pages.js';

describe('links of the documentation', () => {
  const links = allPages().flatMap(linksOf);
  const local = links.filter(({ href }) => !/^(https?|mailto):/.test(href));

  it('lead to files and headings that exist', () => {
    expect(local.length).toBeGreaterThan(20);
    expect(local.flatMap((link) => problemWith(link) ?? [])).toEqual([]);
  });

  it('lead only to places that may be published', () => {
    const elsewhere = links.filter(({ href }) => /^https?:/.test(href) && !isPublic(href));
    expect(elsewhere).toEqual([]);
  });

  it('reach every page from the README', () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file) || !file.endsWith('.md')) return;
      reached.add(file);
      for (const link of linksOf(pageAt(file))) {
        const target = targetOf(link);
        if (target !== undefined && existsSync(path.join(root, target))) visit(target);
      }
    };
    visit('README.md');
    const missed = allPages().filter(({ path: file }) => !reached.has(file));
    expect(missed.map(({ path: file }) => file)).toEqual([]);
  });
});

function problemWith(link: Link): string | undefined {
  const { page, href } = link;
  const target = targetOf(link) ?? page;
  const [, anchor] = href.split('#');
  const file = path.join(root, target);
  if (!existsSync(file)) return `${page}: ${href} does not exist`;
  if (anchor === undefined) return undefined;
  if (statSync(file).isDirectory() || !target.endsWith('.md')) {
    return `${page}: ${href} points into something that has no headings`;
  }
  return anchorsOf(pageAt(target)).has(anchor) ? undefined : `${page}: ${href} is no heading there`;
}

/** The file a relative link means, from the root. */
function targetOf({ page, href }: Link): string | undefined {
  const [file] = href.split('#');
  if (file === undefined || file === '' || /^(https?|mailto):/.test(href)) return undefined;
  return path.posix.join(path.posix.dirname(page), decodeURI(file));
}

function isPublic(href: string): boolean {
  const { hostname } = new URL(href);
  return hostname.includes('.') && !/^(localhost|127\.|10\.|192\.168\.)/.test(hostname);
}
