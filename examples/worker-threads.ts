/**
 * A pool of worker threads. Work is spread over them, a task that takes too long costs its worker and nothing else, and a
 * worker that exits is replaced.
 *
 * Run it with: npx tsx examples/worker-threads.ts
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createPool } from '@rockpool/core';

const program = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (limit) => {
    let primes = 0;
    for (let n = 2; n < limit; n++) {
      let prime = true;
      for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0;
      if (prime) primes++;
    }
    parentPort.postMessage(primes);
  });
`;

const pool = createPool(
  {
    async create({ signal, died }) {
      const worker = new Worker(program, { eval: true });
      worker.on('error', died).on('exit', () => died(new Error('the worker exited')));
      await once(worker, 'online', { signal });
      return worker;
    },
    destroy: async (worker) => {
      await worker.terminate();
    },
  },
  { name: 'primes', min: 2, max: 2 },
);

async function countPrimes(limit: number, timeoutMs: number): Promise<number> {
  await using lease = await pool.acquire({ label: `primes below ${limit}` });
  const worker = lease.resource;
  const signal = AbortSignal.any([lease.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    worker.postMessage(limit);
    const [primes] = (await once(worker, 'message', { signal })) as [number];
    return primes;
  } catch (error) {
    lease.destroy(error); // it is still computing: only ending the thread stops it
    throw error;
  }
}

await pool.ready();
const limits = [10, 100, 1_000, 10_000, 100_000];
const counts = await Promise.all(limits.map((limit) => countPrimes(limit, 60_000)));
console.log(counts.join(' '));
console.log(`threads: ${pool.stats().counters.created}`);

const tooLong = await countPrimes(1e12, 50).catch((error: Error) => error.name);
console.log(`a task without end: ${tooLong}`);
console.log(`afterwards: ${await countPrimes(100, 60_000)}`);

await pool.close();
const { created, destroyed } = pool.stats().counters;
console.log(`every thread ended: ${created === destroyed}`);

// Prints:
// 4 25 168 1229 9592
// threads: 2
// a task without end: AbortError
// afterwards: 25
// every thread ended: true
