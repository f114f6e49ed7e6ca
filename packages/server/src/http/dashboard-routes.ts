import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Hono } from 'hono';
import { packageRoot } from '../package-root.js';

/** Files of the page, by the path they are served under. */
const FILES: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/dashboard/app.js': 'app.js',
  '/dashboard/chart.js': 'chart.js',
  '/dashboard/format.js': 'format.js',
  '/dashboard/panels.js': 'panels.js',
  '/dashboard/store.js': 'store.js',
  '/dashboard/style.css': 'style.css',
  '/dashboard/vendor/preact.js': 'vendor/preact.js',
  '/dashboard/vendor/uplot.js': 'vendor/uplot.js',
  '/dashboard/vendor/uplot.css': 'vendor/uplot.css',
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Where the packages keep what the build copies beside the page. */
const VENDORED: Readonly<Record<string, string>> = {
  'vendor/preact.js': 'htm/preact/standalone.module.js',
  'vendor/uplot.js': 'uplot/dist/uPlot.esm.js',
  'vendor/uplot.css': 'uplot/dist/uPlot.min.css',
};

/** The dashboard: files that are read once and never leave the list above. */
export function addDashboardRoutes(app: Hono): void {
  for (const [url, file] of Object.entries(FILES)) {
    let content: Buffer<ArrayBuffer> | undefined;
    app.get(url, (context) => {
      content ??= readFileSync(locate(file)) as Buffer<ArrayBuffer>;
      return context.body(content, 200, {
        'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
        'cache-control': 'no-cache',
      });
    });
  }
}

/** In a checkout the sources of the page, and what it needs from `node_modules`; in a package what was built. */
function locate(file: string): string {
  const source = path.join(packageRoot, 'dashboard');
  if (!existsSync(source)) return path.join(packageRoot, 'dist', 'dashboard', file);
  const vendored = VENDORED[file];
  if (vendored === undefined) return path.join(source, file);
  return path.join(packageRoot, 'node_modules', vendored);
}
