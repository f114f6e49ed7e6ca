import { describe, expect, it } from 'vitest';
import { HealthCheckFailedError } from '../../src/index.js';
import { EventRecorder } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { toolPool } from '../support/tools.js';
import { newWorld } from '../support/world.js';

expectNoUnhandledRejection();

describe('a check', () => {
  it('that answers at once is timed with stats exact, and only then', async () => {
    for (const stats of ['exact', 'sampled', 'counters'] as const) {
      const { pool, clock } = toolPool(
        { validate: () => clock.jump(7) },
        { max: 1, stats, testOnReturn: true },
      );
      (await pool.acquire()).release();
      const { validate } = pool.stats().timings;
      expect([validate.count, validate.sumMs]).toEqual(stats === 'exact' ? [1, 7] : [0, 0]);
      await pool.close();
    }
  });

  it('is told with all there is to tell, passed or failed', async () => {
    let health: boolean | number = 0.5;
    const { pool } = toolPool({ validate: () => health }, { max: 1, testOnReturn: true });
    const recorder = new EventRecorder(pool, ['validate']);
    (await pool.acquire()).release();
    health = false;
    (await pool.acquire()).release();
    const [passed, failed] = recorder.of('validate');
    expect(passed).toMatchObject({
      info: { id: 1 },
      phase: 'return',
      ok: true,
      health: 75,
      error: undefined,
    });
    expect(failed).toMatchObject({
      phase: 'return',
      ok: false,
      health: 57.18,
      error: { code: 'ERR_POOL_INVALID', message: expect.stringContaining('returned false') },
    });
    await pool.close();
  });

  it('that failed lowers the score of the pool, and one that passed raises it again', async () => {
    let passes = false;
    const { pool } = toolPool({ validate: () => passes }, { max: 1, testOnReturn: true });
    (await pool.acquire()).release();
    expect(pool.health).toBeCloseTo(100 * (1 - 0.5 / 16), 2);
    passes = true;
    (await pool.acquire()).release();
    expect(pool.health).toBeCloseTo(100 * (1 - 0.5 * (1 / 16) * (15 / 16) ** 2), 2);
    await pool.close();
  });

  it('that is too late costs the resource more than one that failed', async () => {
    const { pool, workshop, clock } = newWorld({ max: 1, testOnReturn: true });
    const recorder = new EventRecorder(pool, ['destroy']);
    workshop.gates.set('validate', 'hangs');
    (await pool.acquire()).release();
    await clock.advance(20);
    expect(recorder.of('destroy')).toMatchObject([{ reason: 'invalid', info: { health: 40 } }]);
    await pool.close();
  });

  it('that throws an error of its own kind has it told as it is, and others as the cause', async () => {
    const own = new HealthCheckFailedError('the disk is full');
    const other = new Error('no answer');
    const errors: Error[] = [own, other];
    const { pool } = toolPool(
      {
        validate: () => {
          throw errors.shift() ?? new Error('asked once too often');
        },
      },
      { max: 1, testOnReturn: true, name: 'pages' },
    );
    const recorder = new EventRecorder(pool, ['validate']);
    (await pool.acquire()).release();
    (await pool.acquire()).release();
    const [first, second] = recorder.of('validate').map(({ error }) => error);
    expect(first).toBe(own);
    expect(second).toBeInstanceOf(HealthCheckFailedError);
    expect(second).toMatchObject({ cause: other, pool: 'pages' });
    await pool.close();
  });

  it('fails below minHealth and not at it, and says which score it was', async () => {
    for (const minHealth of [75, 76]) {
      const { pool } = toolPool({ validate: () => 0.5 }, { max: 1, testOnReturn: true, minHealth });
      const recorder = new EventRecorder(pool, ['validate']);
      (await pool.acquire()).release();
      const [{ ok, error } = { ok: undefined, error: undefined }] = recorder.of('validate');
      expect(ok).toBe(minHealth === 75);
      if (ok !== true) {
        expect(String(error)).toContain('its score 75 is below minHealth 76');
      }
      await pool.close();
    }
  });
});
