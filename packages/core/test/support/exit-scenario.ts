/** Runs one scenario in a process of its own: `node exit-scenario.js <name>`. What it prints is what happened. */
import { createPool, type Pool } from '../../src/index.js';

interface Thing {
  readonly id: number;
}

const make = (options: Parameters<typeof createPool<Thing>>[1] = {}): Pool<Thing> => {
  let made = 0;
  return createPool<Thing>({ create: () => ({ id: ++made }) }, options);
};

const scenarios: Record<string, () => Promise<void>> = {
  'an idle pool': async () => {
    const pool = make({ min: 2, max: 4, idleTimeoutMs: 60_000, maxLifetimeMs: 3_600_000 });
    await pool.ready();
    await pool.use(() => undefined);
  },
  'a pool with a lease that nobody gives back': async () => {
    const pool = make({ leakThresholdMs: 60_000 });
    await pool.acquire();
  },
  'a waiter with a deadline': async () => {
    const pool = make({ max: 1 });
    await pool.acquire();
    const startedAt = Date.now();
    pool.acquire({ timeoutMs: 400 }).catch((error: { code: string }) => {
      console.log(`${error.code} after ${Date.now() - startedAt >= 390 ? '400 ms' : 'too short'}`);
    });
  },
  'a waiter without a deadline': async () => {
    const pool = make({ max: 1, acquireTimeoutMs: 0 });
    await pool.acquire();
    void pool.acquire();
  },
  'a ready pool that took two attempts': async () => {
    let attempts = 0;
    const create = (): Thing => {
      if (++attempts === 1) throw new Error('not yet');
      return { id: attempts };
    };
    const pool = createPool<Thing>({ create }, { min: 1, createRetry: { initialMs: 50 } });
    await pool.ready();
    console.log(`ready after ${attempts} attempts`);
  },
  'a closed pool': async () => {
    const pool = make({ min: 1 });
    await pool.ready();
    await pool.close();
    console.log(pool.state);
  },
  'a pool that keeps the process alive until it is closed': async () => {
    const pool = make({ min: 1, keepProcessAlive: true });
    await pool.ready();
    setTimeout(() => {
      console.log('still here');
      void pool.close();
    }, 300).unref();
  },
  'a close that waits for a lease': async () => {
    const pool = make({ max: 1, closeTimeoutMs: 300 });
    await pool.acquire();
    void pool.close().then(() => console.log('closed'));
  },
};

await scenarios[process.argv[2] ?? '']?.();
console.log('end of the script');
