import { describe, expect, it } from 'vitest';
import { createPool, type PoolOptions, PoolOptionsError } from '../src/index.js';
import { acquireAll, newWorld, releaseAll } from './support/world.js';

describe('options that cannot be used', () => {
  const wrong: readonly [PoolOptions<object> | Record<string, unknown>, RegExp][] = [
    [{ max: 0 }, /max: .*at least 1/],
    [{ max: -3 }, /max: /],
    [{ max: 2.5 }, /max: /],
    [{ max: Number.NaN }, /max: must be a whole number of at least 1, or Infinity/],
    [{ max: '10' }, /max: must be a whole number of at least 1/],
    [{ max: null }, /max: /],
    [{ min: Number.POSITIVE_INFINITY }, /min: /],
    [{ min: -1 }, /min: /],
    [{ min: 5, max: 2 }, /min: is 5, more than max \(2\); raise max or lower min/],
    [{ minIdle: 5, max: 2 }, /minIdle: is 5, more than max \(2\)/],
    [{ maxIdle: 1, min: 2 }, /maxIdle: is 1, less than min \(2\)/],
    [{ maxIdle: 1, minIdle: 2 }, /maxIdle: is 1, less than minIdle \(2\)/],
    [{ acquireTimeoutMs: -1 }, /acquireTimeoutMs: must be milliseconds: a number of at least 0/],
    [{ acquireTimeoutMs: '30s' }, /acquireTimeoutMs: must be milliseconds/],
    [{ idleTimeoutMs: Number.NaN }, /idleTimeoutMs: must be milliseconds/],
    [{ jitter: 2 }, /jitter: /],
    [{ jitter: Number.NaN }, /jitter: must be a number from 0 to 1/],
    [{ testOnBorrow: 'yes' }, /testOnBorrow: must be true or false/],
    [{ testOnBorrow: 1 }, /testOnBorrow: must be true or false/],
    [{ strategy: 'LIFO' }, /strategy: must be one of lifo, fifo, /],
    [{ createRetry: true }, /createRetry: must be false, or \{ maxAttempts/],
    [{ createRetry: { maxAttempts: 0 } }, /createRetry\.maxAttempts: must be a whole number/],
    [{ createRetry: { onGiveUp: 'x' } }, /createRetry\.onGiveUp: must be reject-waiters or keep/],
    [{ createRetry: { maxAttempt: 2 } }, /createRetry\.maxAttempt: .*did you mean maxAttempts\?/],
    [
      { autoscale: { min: 1, max: 2, scaleUpAfter: 3 } },
      /autoscale\.scaleUpAfter: .*scaleUpAfterMs\?/,
    ],
    [{ stats: 'all' }, /stats: must be counters, sampled or exact/],
    [{ clock: Date }, /clock: must be a clock: an object with now\(\)/],
    [{ clock: {} }, /clock: must be a clock/],
    [{ minHealth: 101 }, /minHealth: /],
    [{ priorities: 0 }, /priorities: /],
    [{ name: '' }, /name: /],
    [{ name: 7 }, /name: must be a text/],
    [{ maxx: 4 }, /maxx: is not an option; did you mean max\?/],
    [{ acquireTimeoutMillis: 4 }, /did you mean acquireTimeoutMs\?/],
    [{ testonborrow: true }, /did you mean testOnBorrow\?/],
    [{ somethingElseAltogether: 1 }, /is not an option; known are name, min, max/],
  ];

  for (const [options, message] of wrong) {
    it(`are refused: ${inspect(options)}`, () => {
      let created = 0;
      const make = () =>
        createPool<object>(
          () => {
            created++;
            return {};
          },
          options as PoolOptions<object>,
        );
      expect(make).toThrow(message);
      expect(make).toThrow(PoolOptionsError);
      expect(created).toBe(0);
    });
  }

  it('are all told at once, each with its path', () => {
    try {
      createPool<object>(() => ({}), { max: 0, jitter: 7, mim: 2 } as PoolOptions<object>);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_POOL_OPTIONS' });
      const paths = (error as PoolOptionsError).problems.map(({ path }) => path);
      expect(paths.sort()).toEqual(['jitter', 'max', 'mim']);
    }
  });

  it('are also not an array, a number or a text', () => {
    for (const options of [[], 7, 'max=3', true]) {
      expect(() => createPool<object>(() => ({}), options as never)).toThrow(PoolOptionsError);
    }
  });
});

describe('options from a file', () => {
  it('are taken as JSON gives them, numbers and words alike', async () => {
    const json =
      '{"name":"from-json","max":3,"min":1,"strategy":"fifo","createRetry":{"maxAttempts":2},"testOnReturn":true}';
    const pool = createPool<object>(() => ({}), JSON.parse(json));
    await pool.ready();
    expect([pool.name, pool.max, pool.size]).toEqual(['from-json', 3, 1]);
    await pool.close();
  });

  it('are refused where JSON turned Infinity into null', () => {
    const json = JSON.stringify({ maxUses: Number.POSITIVE_INFINITY });
    expect(() => createPool<object>(() => ({}), JSON.parse(json))).toThrow(/maxUses: /);
  });
});

describe('limits that are no limits', () => {
  it('take 0 and Infinity for durations as: none', async () => {
    for (const none of [0, Number.POSITIVE_INFINITY]) {
      const { pool, workshop, clock } = newWorld({
        max: 1,
        createTimeoutMs: none,
        acquireTimeoutMs: none,
      });
      workshop.gates.set('create', 'late');
      const acquired = pool.acquire();
      await clock.advance(100);
      releaseAll([await acquired]);
      await pool.close();
    }
  });

  it('take Infinity for counts', async () => {
    const { pool } = newWorld({
      max: Number.POSITIVE_INFINITY,
      maxIdle: Number.POSITIVE_INFINITY,
      maxCreating: Number.POSITIVE_INFINITY,
      concurrency: 1,
      maxUses: Number.POSITIVE_INFINITY,
      maxQueue: Number.POSITIVE_INFINITY,
    });
    releaseAll(await acquireAll(pool, 200));
    expect(pool.size).toBe(200);
    expect(pool.stats().utilization).toBe(0);
    expect(pool.health).toBe(100);
    await pool.close();
  });
});

function inspect(options: object): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} = ${typeof value === 'string' ? `'${value}'` : show(value)}`)
    .join(', ');
}

function show(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
