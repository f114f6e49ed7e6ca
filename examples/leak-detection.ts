/**
 * A lease that is never given back: reported with its label and the place where it was acquired, then taken away, so that
 * the next caller is served.
 *
 * Run it with: npx tsx examples/leak-detection.ts
 */
import { createPool } from '@rockpool/core';

const pool = createPool(() => ({ open: true }), {
  name: 'sessions',
  max: 1,
  leakThresholdMs: 20,
  reclaimAfterMs: 60,
  captureStacks: true,
});

pool.on('leak', ({ label, stack }) => {
  const where = stack?.split('\n').find((line) => line.includes('forgetToRelease'));
  console.log(`leak: ${label}, acquired in ${where?.trim().split(' ')[1]}`);
});
pool.on('reclaim', ({ label }) => console.log(`reclaimed: ${label}`));

async function forgetToRelease(): Promise<AbortSignal> {
  const lease = pool.tryAcquire({ label: 'nightly report' });
  if (lease === undefined) throw new Error('no session is idle');
  return lease.signal; // … and the lease is forgotten
}

await pool.ready({ idle: 1 });
const signal = await forgetToRelease();
signal.addEventListener('abort', () => console.log('the report is told to stop'));

const lease = await pool.acquire({ timeoutMs: 10_000 });
console.log(`the next caller is served by session ${lease.info.id}`);
lease.release();
await pool.close();

// Prints:
// leak: nightly report, acquired in forgetToRelease
// reclaimed: nightly report
// the report is told to stop
// the next caller is served by session 2
