/**
 * A pool whose size follows its load: it grows in a rush, stands still while the load is steady, and shrinks afterwards.
 * The windows are short here; the defaults are a second and a minute.
 *
 * Run it with: npx tsx examples/autoscale.ts
 */
import { once } from 'node:events';
import { createPool } from '@rockpool/core';

const pool = createPool(() => ({}), {
  name: 'elastic',
  // An idle pool would let this process exit before it has shrunk.
  keepProcessAlive: true,
  autoscale: { min: 1, max: 8, scaleUpAfterMs: 20, scaleDownAfterMs: 100 },
});

const resized = new EventTarget();
pool.on('resize', ({ max }) => resized.dispatchEvent(new Event(`to ${max}`)));
const size = (max: number): Promise<unknown> =>
  pool.max === max ? Promise.resolve() : once(resized, `to ${max}`);

await pool.ready();
console.log(`at rest: ${pool.max}`);

const leases = await Promise.all(Array.from({ length: 6 }, () => pool.acquire()));
await size(8); // 6 busy ones are 80 % of 7.5
console.log(`in a rush of 6: ${pool.max}`);

for (const lease of leases) lease.release();
await size(1);
console.log(`afterwards: ${pool.max}, of which ${pool.size} exists`);
await pool.close();

// Prints:
// at rest: 1
// in a rush of 6: 8
// afterwards: 1, of which 1 exists
