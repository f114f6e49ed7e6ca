import { Worker } from 'node:worker_threads';
import { entryFile } from '../threads/entry-file.js';
import type { WorkerBoot } from './boot.js';

/** Starts a worker for one guest. */
export function spawnWorker(boot: WorkerBoot): Worker {
  const { port, timekeeper } = boot;
  return new Worker(entryFile('worker'), {
    workerData: boot,
    transferList: timekeeper === undefined ? [port] : [port, timekeeper.port],
    stdout: false,
    stderr: false,
  });
}
