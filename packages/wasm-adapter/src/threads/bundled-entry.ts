import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { threadId } from 'node:worker_threads';

/**
 * The worker for this repository itself, where tests run from source: Node 20 cannot load TypeScript in a worker. It is
 * bundled once in a process, below `node_modules`, so that it finds the packages that this one finds.
 */
export function bundledEntry(name: string, source: URL): URL {
  const known = bundles.get(name);
  if (known !== undefined) return known;
  const bundle = makeBundle(name, source);
  bundles.set(name, bundle);
  return bundle;
}

const bundles = new Map<string, URL>();

function makeBundle(name: string, source: URL): URL {
  const [{ contents }] = loadEsbuild().buildSync({
    entryPoints: [fileURLToPath(source)],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@rockpool/source'],
  }).outputFiles;
  const folder = new URL('../../node_modules/.cache/', import.meta.url);
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  const path = fileURLToPath(new URL(`${name}-entry-${hash}.mjs`, folder));
  const unfinished = `${path}.${process.pid}-${threadId}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(unfinished, contents);
  renameSync(unfinished, path);
  return pathToFileURL(path);
}

interface Esbuild {
  buildSync(options: object): {
    readonly outputFiles: readonly [{ readonly contents: Uint8Array }];
  };
}

/** The bundler of the repository's tools. */
function loadEsbuild(): Esbuild {
  const tools = createRequire(createRequire(import.meta.url).resolve('tsx'));
  return tools('esbuild') as Esbuild;
}
