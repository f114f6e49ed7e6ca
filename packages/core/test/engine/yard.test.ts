import { afterEach, describe, expect, it, vi } from 'vitest';
import { EventRecorder } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { answer, toolPool } from '../support/tools.js';
import { acquireAll, releaseAll } from '../support/world.js';

expectNoUnhandledRejection();
afterEach(() => vi.restoreAllMocks());

describe('a selector', () => {
  it('sees each idle resource with what is known about it, the one idle for longest first', async () => {
    const seen: unknown[][] = [];
    const { pool } = toolPool(
      {},
      {
        max: 2,
        strategy: (idle) => {
          seen.push(idle.map(({ resource, info }) => [resource.serial, info.id, info.uses]));
          return idle.length - 1;
        },
      },
    );
    releaseAll(await acquireAll(pool, 2));
    const lease = await pool.acquire();
    expect(seen.at(-1)).toEqual([
      [1, 1, 1],
      [2, 2, 1],
    ]);
    expect(lease.resource.serial).toBe(2);
    lease.release();
    await pool.close();
  });
});

describe('a check or reset that takes long', () => {
  /** The health and the errors of a resource whose reset took `tookMs`. */
  const after = async (tookMs: number, resetTimeoutMs: number): Promise<readonly unknown[]> => {
    const hang = answer<void>();
    const { pool, clock } = toolPool({ reset: () => hang.promise }, { resetTimeoutMs });
    const recorder = new EventRecorder(pool, ['health']);
    const lease = await pool.acquire();
    const { info } = lease;
    lease.release();
    await clock.advance(tookMs);
    hang.give();
    await clock.advance(0);
    const { health, errors } = info;
    await pool.close();
    return [health, errors, recorder.of('health').length];
  };

  it('costs health, and is no error, beyond half of its limit', async () => {
    expect(await after(50, 100)).toEqual([100, 0, 0]);
    expect(await after(60, 100)).toEqual([88, 0, 1]);
  });

  it('costs nothing where there is no limit', async () => {
    expect(await after(60_000, 0)).toEqual([100, 0, 0]);
  });
});

describe('the health of a resource', () => {
  it('is told when another whole point is reached, and in points', async () => {
    const { pool } = toolPool({}, { max: 1 });
    const recorder = new EventRecorder(pool, ['health']);
    const told = (): unknown[] => recorder.of('health').map(({ from, to }) => [from, to]);
    const lease = await pool.acquire();
    lease.fail();
    expect(told()).toEqual([[100, 75]]);
    lease.release();
    // Each clean return takes it a twentieth nearer to 100: at last by less than a point.
    for (let loan = 0; loan < 300; loan++) (await pool.acquire()).release();
    const steps = recorder.of('health').slice(1);
    expect(steps.length).toBeGreaterThan(10);
    expect(steps.length).toBeLessThanOrEqual(25);
    for (const { from, to } of steps) expect(Math.trunc(to)).toBeGreaterThan(Math.trunc(from));
    expect(steps.at(-1)?.to).toBe(100);
    await pool.close();
  });

  it('stays as it is when a check passes', async () => {
    const { pool } = toolPool({ validate: () => true }, { testOnReturn: true });
    const recorder = new EventRecorder(pool, ['health']);
    const lease = await pool.acquire();
    const { info } = lease;
    lease.release();
    expect(info).toMatchObject({ health: 100, errors: 0 });
    expect(recorder.names).toEqual([]);
    await pool.close();
  });
});

describe('what a user function did wrong', () => {
  it('is shown once with where it happened, and told each time', async () => {
    const shown = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const wrong = new Error('cannot choose');
    const { pool } = toolPool(
      {},
      {
        name: 'pages',
        strategy: () => {
          throw wrong;
        },
      },
    );
    const warnings: unknown[] = [];
    pool.on('warn', (warning) => warnings.push(warning));
    for (let loan = 0; loan < 3; loan++) (await pool.acquire()).release();
    const message = 'pages: the selector threw: cannot choose';
    expect(warnings).toEqual([
      { code: 'USER_FUNCTION_THREW', message },
      { code: 'USER_FUNCTION_THREW', message },
    ]);
    expect(shown.mock.calls).toEqual([
      [message, { code: 'ROCKPOOL_USER_FUNCTION', detail: wrong.stack }],
    ]);
    await pool.close();
  });

  it('is shown without a place where it threw no error', async () => {
    const shown = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { pool } = toolPool({}, { name: 'pages' });
    pool.on('release', () => {
      throw 'no error'; // eslint-disable-line @typescript-eslint/only-throw-error -- what users do
    });
    (await pool.acquire()).release();
    expect(shown.mock.calls).toEqual([
      [
        "pages: a listener of 'release' threw: no error",
        { code: 'ROCKPOOL_USER_FUNCTION', detail: '' },
      ],
    ]);
    await pool.close();
  });

  it('is told in words when it answers nonsense about memory', async () => {
    const { pool } = toolPool({ memoryBytes: () => Number.NaN }, { name: 'pages' });
    const warnings: unknown[] = [];
    pool.on('warn', (warning) => warnings.push(warning));
    (await pool.acquire()).release();
    expect(warnings).toContainEqual({
      code: 'BAD_MEMORY_BYTES',
      message: 'pages: memoryBytes answered NaN, not bytes',
    });
    await pool.close();
  });
});

describe('the error of a lease that has ended', () => {
  it('names the pool', async () => {
    const { pool } = toolPool({}, { name: 'pages' });
    const lease = await pool.acquire();
    lease.release();
    expect(() => lease.resource).toThrow(
      expect.objectContaining({ code: 'ERR_POOL_LEASE_ENDED', pool: 'pages' }),
    );
    await pool.close();
  });
});

describe('the error of too much memory', () => {
  it('names the pool, and how much is how much too much', async () => {
    const { pool } = toolPool(
      { memoryBytes: () => 100 },
      { name: 'pages', memoryLimitBytes: 50, createRetry: false },
    );
    await expect(pool.acquire()).rejects.toMatchObject({
      cause: { code: 'ERR_POOL_MEMORY_LIMIT', pool: 'pages', usedBytes: 100, limitBytes: 50 },
    });
    await pool.close();
    const { pool: full } = toolPool(
      { memoryBytes: () => 100 },
      { name: 'all', poolMemoryLimitBytes: 100, createRetry: false },
    );
    const lease = await full.acquire();
    await expect(full.acquire({ timeoutMs: 0 })).rejects.toMatchObject({
      cause: { code: 'ERR_POOL_MEMORY_LIMIT', pool: 'all', usedBytes: 100, limitBytes: 100 },
    });
    lease.release();
    await full.close();
  });
});

describe('ready', () => {
  it('starts the pool, and waits for what it must keep idle, however that is said', async () => {
    const { pool } = toolPool({}, { autostart: false, min: 1, minIdle: 3 });
    expect(pool.state).toBe('idle');
    await pool.ready();
    expect(pool.state).toBe('running');
    expect(pool.available).toBe(3);
    await pool.close();
    const { pool: other } = toolPool({}, { autostart: false, min: 2 });
    await other.ready({ idle: 0 });
    expect(other.state).toBe('running');
    await other.close();
  });

  it.each([5, -1, 1.5, Number.NaN])(
    'says that %s idle ones are none that can be waited for',
    async (idle) => {
      const { pool } = toolPool({}, { max: 6, maxIdle: 4 });
      await expect(pool.ready({ idle })).rejects.toMatchObject({
        code: 'ERR_POOL_OPTIONS',
        message: `ready: idle: is ${idle}; it must be a whole number from 0 to max and maxIdle (4)`,
        problems: [{ path: 'idle' }],
      });
      await pool.close();
    },
  );
});
