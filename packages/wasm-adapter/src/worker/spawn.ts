import { Worker } from 'node:worker_threads';
import type { WorkerBoot } from './boot.js';
import { bundledEntry } from './bundled-entry.js';

/** Starts a worker for one guest. */
export function spawnWorker(boot: WorkerBoot): Worker {
  const { port, timekeeper } = boot;
  return new Worker(entryOf('worker'), {
    workerData: boot,
    transferList: timekeeper === undefined ? [port] : [port, timekeeper.port],
    stdout: false,
    stderr: false,
  });
}

/** Starts the thread that watches deadlines; the words are those of `TimekeeperWords`. */
export function spawnTimekeeper(words: SharedArrayBuffer): Worker {
  return new Worker(entryOf('epoch'), { workerData: words, stdout: false, stderr: false });
}

/** The file of a thread, from the built package or, in the repository, from its sources. */
function entryOf(thread: 'worker' | 'epoch'): URL {
  if (import.meta.url.endsWith('.ts')) {
    return bundledEntry(thread, new URL(`../${thread}/entry.ts`, import.meta.url));
  }
  return thread === 'worker'
    ? new URL('./worker-entry.js', import.meta.url)
    : new URL('./epoch-entry.js', import.meta.url);
}
