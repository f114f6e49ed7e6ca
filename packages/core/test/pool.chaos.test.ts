import { describe, expect, it } from 'vitest';
import { type Lease, POOL_EVENT_NAMES, type PoolStats } from '../src/index.js';
import { auditStats, settle } from '../src/testing/index.js';
import { GATES, newWorld, type Product, safetyOf, type World } from './support/world.js';

/** Numbers that look random and are the same in every run with the same seed. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Chaos {
  /** Before each step. */
  readonly disturb?: (world: World, roll: () => number) => void;
  /** Once, before anything happens. */
  readonly prepare?: (world: World) => void;
}

/** A life of 300 steps, always the same for one seed; between any two steps the books are looked at. */
async function live(seed: number, chaos: Chaos): Promise<PoolStats> {
  const world = newWorld({
    max: 3,
    min: 1,
    idleTimeoutMs: 80,
    testOnReturn: true,
    createRetry: { maxAttempts: 2, initialMs: 5, maxMs: 20, jitter: 0 },
    stats: 'counters',
  });
  const { pool, clock, workshop } = world;
  const roll = dice(seed);
  const disturbance = dice(seed + 1);
  const held: Lease<Product>[] = [];
  chaos.prepare?.(world);
  for (let step = 0; step < 300; step++) {
    chaos.disturb?.(world, disturbance);
    const choice = roll();
    const lease = held[Math.floor(roll() * held.length)];
    if (choice < 0.35) {
      const controller = new AbortController();
      if (roll() < 0.2) clock.setTimeout(() => controller.abort(), 3);
      pool
        .acquire({ timeoutMs: 60, signal: controller.signal })
        .then((granted) => held.push(granted))
        .catch(() => undefined);
    } else if (choice < 0.65) lease?.release();
    else if (choice < 0.7) lease?.destroy();
    else if (choice < 0.75) lease?.resource.die();
    else if (choice < 0.8) workshop.gates.set('reset', GATES[Math.floor(roll() * 5)] ?? 'ok');
    else if (choice < 0.85) workshop.gates.set('create', GATES[Math.floor(roll() * 5)] ?? 'ok');
    else if (choice < 0.87) void pool.clear();
    else await clock.advance(Math.floor(roll() * 30));
    await settle();
    for (let index = held.length - 1; index >= 0; index--) {
      if (!held[index]?.active) held.splice(index, 1);
    }
    expect(safetyOf(world, 3), `seed ${seed}, step ${step}`).toEqual([]);
    expect(pool.stats().leases).toBe(held.length);
  }
  workshop.gates.heal();
  // Long enough for a clock that has jumped back by seconds again and again.
  await clock.advance(60_000);
  for (let round = 0; round < 30; round++) {
    for (const lease of held.splice(0)) lease.release();
    await clock.advance(20);
  }
  const { waiting, leases, creating, validating, resetting, destroying } = pool.stats();
  expect([waiting, leases, creating, validating, resetting, destroying]).toEqual([
    0, 0, 0, 0, 0, 0,
  ]);
  const closing = pool.close();
  await clock.advance(1_000);
  await closing;
  const stats = pool.stats();
  expect(auditStats(stats)).toEqual([]);
  expect([stats.size, workshop.alive.size, workshop.ended.size]).toEqual([0, 0, workshop.made]);
  return stats;
}

/** Lets errors escape that nobody is there to catch; returns how many did. */
async function withEscapes(body: () => Promise<void>): Promise<number> {
  const handlers = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  let escaped = 0;
  const count = (): void => {
    escaped++;
  };
  process.on('uncaughtException', count);
  try {
    await body();
    await settle();
  } finally {
    process.off('uncaughtException', count);
    for (const handler of handlers) process.on('uncaughtException', handler);
  }
  return escaped;
}

const SEEDS = [1, 2, 3, 4, 5];

describe('chaos around a pool', () => {
  it('of listeners that throw at every event changes no count', async () => {
    const printers = process.listeners('warning');
    process.removeAllListeners('warning');
    for (const seed of SEEDS) {
      const calm = await live(seed, {});
      const wild = await live(seed, {
        prepare: ({ pool }) => {
          for (const name of POOL_EVENT_NAMES) {
            pool.on(name, () => {
              throw new Error(`the listener of ${name} throws`);
            });
          }
        },
      });
      const { listenerErrors, ...counters } = wild.counters;
      expect(listenerErrors).toBeGreaterThan(100);
      expect(counters, `seed ${seed}`).toEqual({ ...calm.counters, listenerErrors: undefined });
      expect(wild.destroyedBy).toEqual(calm.destroyedBy);
    }
    await settle();
    for (const printer of printers) process.on('warning', printer);
  });

  it('of signals whose own listeners throw changes no count', async () => {
    const escaped = await withEscapes(async () => {
      for (const seed of SEEDS) {
        await live(seed, {
          disturb: ({ pool }, roll) => {
            const controller = new AbortController();
            const { signal } = controller;
            const fail = (): never => {
              throw new Error('a listener of the signal throws');
            };
            // One before the pool's own listener, one after it.
            signal.addEventListener('abort', fail);
            void pool.acquire({ signal, timeoutMs: 5 }).then(
              (lease) => lease.release(),
              () => undefined,
            );
            signal.addEventListener('abort', fail);
            if (roll() < 0.5) controller.abort();
          },
        });
      }
    });
    expect(escaped, 'Node reports them, and the pool is not in their way').toBeGreaterThan(10);
  });

  it('of holders whose alarm throws when their resource is taken away changes no count', async () => {
    const escaped = await withEscapes(async () => {
      for (const seed of SEEDS) {
        await live(seed, {
          disturb: ({ pool, workshop }, roll) => {
            const lease = roll() < 0.2 ? pool.tryAcquire() : undefined;
            if (lease === undefined) return;
            lease.signal.addEventListener('abort', () => {
              throw new Error('the alarm of a holder throws');
            });
            lease.resource.die(new Error('died on loan'));
            expect(workshop.isUsable(lease.resource)).toBe(true);
            lease.release();
          },
        });
      }
    });
    expect(escaped).toBeGreaterThan(5);
  });

  it('of a clock that jumps forwards and backwards changes no count', async () => {
    for (const seed of SEEDS) {
      await live(seed, {
        disturb: ({ clock }, roll) => {
          if (roll() < 0.2) clock.jump((roll() - 0.5) * 2 * (seed % 2 === 0 ? 50 : 2_000));
        },
      });
    }
  });

  it('of all of that at once changes no count', async () => {
    const printers = process.listeners('warning');
    process.removeAllListeners('warning');
    await withEscapes(async () => {
      for (const seed of SEEDS) {
        await live(seed, {
          prepare: ({ pool }) => {
            for (const name of POOL_EVENT_NAMES) {
              pool.on(name, () => {
                throw new Error(`the listener of ${name} throws`);
              });
            }
          },
          disturb: ({ clock, pool }, roll) => {
            if (roll() < 0.1) clock.jump((roll() - 0.5) * 1_000);
            if (roll() < 0.3) {
              const signal = AbortSignal.abort(new Error('before it began'));
              void pool.acquire({ signal }).catch(() => undefined);
            }
          },
        });
      }
    });
    await settle();
    for (const printer of printers) process.on('warning', printer);
  });
});
