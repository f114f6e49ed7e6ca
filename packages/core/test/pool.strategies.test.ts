import { describe, expect, it } from 'vitest';
import { type PoolOptions, STRATEGIES } from '../src/index.js';
import { settle } from '../src/testing/index.js';
import { expectNoUnhandledRejection } from './support/rejections.js';
import { acquireAll, newWorld, type Product, releaseAll } from './support/world.js';

expectNoUnhandledRejection();

describe('the order in which idle resources are lent', () => {
  async function lentNext(strategy: PoolOptions<Product>['strategy']): Promise<number[]> {
    const { pool } = newWorld({ max: 3, ...(strategy && { strategy }) });
    const leases = await acquireAll(pool, 3);
    for (const lease of leases) await lease.releaseAsync();
    const order: number[] = [];
    for (let loan = 0; loan < 6; loan++) {
      const lease = await pool.acquire();
      order.push(lease.resource.serial);
      await lease.releaseAsync();
    }
    await pool.close();
    return order;
  }

  it('is the last used first by default', async () => {
    expect(await lentNext(undefined)).toEqual([3, 3, 3, 3, 3, 3]);
    expect(await lentNext('lifo')).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it('is the longest idle first with fifo and round-robin', async () => {
    expect(await lentNext('fifo')).toEqual([1, 2, 3, 1, 2, 3]);
    expect(await lentNext('round-robin')).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it('is the one lent least often with least-used', async () => {
    const order = await lentNext('least-used');
    for (const serial of [1, 2, 3]) {
      expect(order.filter((each) => each === serial)).toHaveLength(2);
    }
  });

  it('is anybody with random', async () => {
    const order: number[] = [];
    for (let round = 0; round < 20; round++) order.push(...(await lentNext('random')));
    expect(new Set(order).size).toBe(3);
  });

  it('is the choice of a selector, which sees the oldest idle first', async () => {
    const seen: number[][] = [];
    const order = await lentNext((idle) => {
      seen.push(idle.map(({ resource }) => resource.serial));
      return idle.findIndex(({ resource }) => resource.serial === 2);
    });
    expect(order).toEqual([2, 2, 2, 2, 2, 2]);
    expect(seen[0]).toEqual([1, 2, 3]);
  });

  it('makes a new one when a selector wants none of the idle ones', async () => {
    const { pool, workshop } = newWorld({ max: 2, strategy: () => undefined });
    releaseAll(await acquireAll(pool, 1));
    await settle();
    const lease = await pool.acquire();
    expect(lease.resource.serial).toBe(2);
    expect(workshop.made).toBe(2);
    lease.release();
    await pool.close();
  });

  it('is the healthiest first with healthiest', async () => {
    const { pool } = newWorld({ max: 3, strategy: 'healthiest' });
    const leases = await acquireAll(pool, 3);
    leases[2]?.fail();
    leases[2]?.fail();
    leases[1]?.fail();
    for (const lease of leases) await lease.releaseAsync();
    const order = (await acquireAll(pool, 3)).map(({ resource }) => resource.serial);
    expect(order).toEqual([1, 2, 3]);
    await pool.close({ force: true });
  });

  it('is a named one of those that the options list', () => {
    expect([...STRATEGIES].sort()).toEqual(
      ['fifo', 'healthiest', 'least-used', 'lifo', 'random', 'round-robin'].sort(),
    );
  });
});
