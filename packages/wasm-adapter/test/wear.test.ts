import { afterEach, describe, expect, it } from 'vitest';
import { createWasmPool, type WearLimits } from '../src/index.js';
import { toolbox } from './support/guests.js';

/** As the instance pool of RipTide has them. */
const LIMITS = { calls: 1_000, failures: 5, growthFailures: 10 };
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const pool of open.splice(0)) await pool.close();
});

describe.each(['in-thread', 'worker'] as const)('an instance %s', { timeout: 60_000 }, (where) => {
  async function poolOf(retireAfter: WearLimits = LIMITS) {
    const common = { max: 1, memory: { maxPages: 4 }, retireAfter, onWarning: () => undefined };
    const program = await toolbox();
    const pool =
      where === 'worker'
        ? createWasmPool(program, { execution: 'worker', spares: 0, ...common })
        : createWasmPool(program, common);
    open.push(pool);
    const times = async (count: number, name: 'add' | 'trap' | 'hog'): Promise<void> => {
      for (let done = 0; done < count; done += 1) {
        const call = name === 'add' ? pool.call(name, 20, 22) : pool.call(name);
        await call.catch(() => undefined);
      }
    };
    return { pool, times, created: () => pool.stats().counters.created };
  }

  it.each([
    ['calls', 'add', 1_000],
    ['failures', 'trap', 5],
    ['refused growths', 'hog', 10],
  ] as const)('is replaced after its %s, and not one earlier', async (_what, name, limit) => {
    const { pool, times, created } = await poolOf();
    await times(limit - 1, name);
    const before = pool.stats();
    expect([before.counters.created, before.counters.destroyed]).toEqual([1, 0]);
    await times(1, name);
    // There is room for one: whoever comes now is served by another one, once the worn one has gone.
    expect(await pool.call('add', 20, 22)).toBe(42);
    expect(created()).toBe(2);
    expect(pool.stats().destroyedBy['reset-failed']).toBe(1);
  });

  it('serves on for ever when nothing else is said, since it is put back each time', async () => {
    const { times, created } = await poolOf({});
    await times(12, 'trap');
    await times(12, 'hog');
    expect(created()).toBe(1);
  });
});
