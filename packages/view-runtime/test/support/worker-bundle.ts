import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
let bundled: Promise<URL> | undefined;

/** The program of a view thread in one file: starts five times as fast as from its sources. */
export function workerUrl(): Promise<URL> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<URL> {
  // Inside the package, so that the bundle finds lmdb.
  mkdirSync(path.join(root, '.tsbuild'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.tsbuild', 'worker-'));
  const outfile = path.join(folder, 'view-worker.mjs');
  await build({
    entryPoints: [path.join(root, 'src', 'view-worker.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return pathToFileURL(outfile);
}
