import { Worker } from 'node:worker_threads';
import type { WorkerBoot } from './boot.js';
import { bundledEntry } from './bundled-entry.js';

/** Starts a worker, from the built package or, in the repository, from its sources. */
export function spawnWorker(boot: WorkerBoot): Worker {
  const entry = import.meta.url.endsWith('.ts')
    ? bundledEntry()
    : new URL('./worker-entry.js', import.meta.url);
  return new Worker(entry, {
    workerData: boot,
    transferList: [boot.port],
    stdout: false,
    stderr: false,
  });
}
