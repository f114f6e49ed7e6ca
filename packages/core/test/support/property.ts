import fc from 'fast-check';
import { runProgram } from './interpreter.js';
import { programs } from './program.js';

/** Random programs in one run of the tests: 10,000 over all files, more with `ROCKPOOL_MODEL_RUNS`. */
const RUNS = Number(process.env['ROCKPOOL_MODEL_RUNS'] ?? 10_000);
/** Seeds are random, and printed when a program fails; `ROCKPOOL_MODEL_SEED` repeats one. */
const SEED = process.env['ROCKPOOL_MODEL_SEED'];

/** Room for the number of runs: 30 ms each, far more than one takes. */
export const MODEL_TIMEOUT_MS: number = 60_000 + 30 * RUNS;

/** Runs a share of all random programs; the failure message shows the smallest one that fails, and its seed. */
export async function tryPrograms(share: number, concurrency: fc.Arbitrary<number>): Promise<void> {
  const numRuns = Math.ceil(RUNS * share);
  const property = fc.asyncProperty(programs(concurrency), runProgram);
  await withoutWarnings(() =>
    fc.assert(property, SEED === undefined ? { numRuns } : { numRuns, seed: Number(SEED) }),
  );
}

/** Thousands of pools with listeners that throw would print as many process warnings. */
async function withoutWarnings(body: () => Promise<void>): Promise<void> {
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  try {
    await body();
  } finally {
    for (const printer of printers) process.on('warning', printer);
  }
}
