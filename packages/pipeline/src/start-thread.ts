import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** The programs of threads, which lie beside this file. */
export type ThreadProgram = 'parser-thread' | 'handler-thread' | 'system-thread';

/**
 * Starts the program of a thread. At the root of the sources, like the programs themselves, so that the way from one
 * to the other is the same after the build.
 */
export function startThread(program: ThreadProgram, options: WorkerOptions): Worker {
  // A worker would inherit the flags of the process, which may be meant for a test runner or a loader.
  const isolated: WorkerOptions = { ...options, execArgv: [] };
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL(`./${program}.js`, import.meta.url), isolated);
  }
  // From source: Node 20 cannot load TypeScript in a worker by flags, so the worker begins with the loader.
  // Its ESM face by path, because `require` would find the other one.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx'));
  const loader = JSON.stringify(new URL('./esm/api/index.mjs', tsx).href);
  const source = JSON.stringify(new URL(`./${program}.ts`, import.meta.url).href);
  const script = `import(${loader}).then(({ tsImport }) => tsImport(${source}, ${source}))`;
  return new Worker(script, { ...isolated, eval: true });
}
