/**
 * `using` and `await using`: leases and pools that end with their block, also when it throws.
 *
 * Run it with: npx tsx examples/using.ts
 */
import { createPool, type PoolFactory } from '@rockpool/core';

interface Notebook {
  readonly id: number;
  readonly lines: string[];
}

const factory: PoolFactory<Notebook> = {
  create: ({ id }) => ({ id, lines: [] }),
  reset: ({ lines }) => {
    lines.length = 0;
  },
  destroy: ({ id }) => console.log(`notebook ${id} is burnt`),
};

{
  await using pool = createPool(factory, { max: 1 });

  {
    using lease = await pool.acquire();
    lease.resource.lines.push('first');
    console.log(`on loan: ${pool.borrowed}`);
  }
  console.log(`on loan: ${pool.borrowed}`);

  try {
    // Waits at the end of the block until the notebook has been cleaned.
    await using lease = await pool.acquire();
    lease.resource.lines.push('second');
    throw new Error('the pen broke');
  } catch (error) {
    console.log((error as Error).message);
  }
  console.log(`on loan: ${pool.borrowed}`);

  using lease = pool.tryAcquire();
  console.log(`lines left behind: ${lease?.resource.lines.length}`);
}
console.log('the pool is closed');

// Prints:
// on loan: 1
// on loan: 0
// the pen broke
// on loan: 0
// lines left behind: 0
// notebook 1 is burnt
// the pool is closed
