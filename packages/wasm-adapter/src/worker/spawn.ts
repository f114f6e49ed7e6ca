import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { WorkerBoot } from './boot.js';

/** Starts a worker, from the built package or, in the repository, from its sources. */
export function spawnWorker(boot: WorkerBoot): Worker {
  const options = { workerData: boot, transferList: [boot.port], stdout: false, stderr: false };
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./worker-entry.js', import.meta.url), options);
  }
  // Node 20 cannot load TypeScript in a worker, whatever its options say; tsx has to be asked from inside.
  const tsx = createRequire(import.meta.url).resolve('tsx/esm/api');
  const entry = new URL('./entry.ts', import.meta.url).href;
  const source = `import(${JSON.stringify(`file://${tsx}`)}).then((api) => api.tsImport(${JSON.stringify(entry)}, ${JSON.stringify(entry)}))`;
  return new Worker(source, {
    ...options,
    eval: true,
    execArgv: ['--conditions=@rockpool/source'],
  });
}
