import { describe, expect, it } from 'vitest';
import { EventRecorder, settle } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { answer, toolPool } from '../support/tools.js';
import { newWorld } from '../support/world.js';

expectNoUnhandledRejection();

describe('the end of a resource', () => {
  it('is timed with stats exact when destroy answers at once, and else when it makes a promise', async () => {
    for (const stats of ['exact', 'sampled', 'counters'] as const) {
      const atOnce = toolPool({ destroy: () => atOnce.clock.jump(5) }, { max: 1, stats });
      (await atOnce.pool.acquire()).destroy();
      const { count, sumMs } = atOnce.pool.stats().timings.destroy;
      expect([count, sumMs], stats).toEqual(stats === 'exact' ? [1, 5] : [0, 0]);
      await atOnce.pool.close();

      const { pool, clock, workshop } = newWorld({ max: 1, stats });
      workshop.gates.set('destroy', 'slow');
      (await pool.acquire()).destroy();
      await clock.advance(10);
      const { destroy } = pool.stats().timings;
      expect([destroy.count, destroy.sumMs], stats).toEqual(
        stats === 'counters' ? [0, 0] : [1, 10],
      );
      await pool.close();
    }
  });

  it('that failed is told with its error', async () => {
    const error = new Error('it would not go');
    const { pool } = toolPool(
      {
        destroy: () => {
          throw error;
        },
      },
      { max: 1 },
    );
    const recorder = new EventRecorder(pool, ['destroyError', 'destroy']);
    (await pool.acquire()).destroy();
    expect(recorder.names).toEqual(['destroyError', 'destroy']);
    expect(recorder.of('destroyError')).toMatchObject([{ info: { id: 1 }, error }]);
    expect(pool.stats().counters.destroyErrors).toBe(1);
    await pool.close();
  });

  it('for a score below minHealth comes on return, whatever lowered it', async () => {
    const { pool, workshop, clock } = newWorld({ max: 1, resetTimeoutMs: 12, minHealth: 90 });
    workshop.gates.set('reset', 'slow');
    const lease = await pool.acquire();
    lease.release();
    await clock.advance(10);
    expect(pool.stats().destroyedBy.unhealthy).toBe(1);
    await pool.close();
  });

  it('for reasons that say nothing about its making tells nobody that nothing can be made', async () => {
    const { pool } = toolPool({}, { min: 1, max: 1, createRetry: false });
    await pool.ready();
    let answered = false;
    const waiting = pool.acquire({ where: () => false }).catch(() => {
      answered = true;
    });
    for (let time = 0; time < 4; time++) await pool.clear();
    await settle();
    expect(answered).toBe(false);
    expect(pool.stats().destroyedBy.clear).toBe(4);
    await pool.close();
    await waiting;
  });

  it('of one that died while idle is the end: it is not lent', async () => {
    const { pool } = newWorld({ max: 1, stats: 'counters' }, 'at-once');
    const lease = await pool.acquire();
    const { resource } = lease;
    lease.release();
    resource.die();
    expect(pool.tryAcquire()).toBeUndefined();
    expect(pool.stats()).toMatchObject({ size: 0, destroyedBy: { died: 1 } });
    await pool.close();
  });
});

describe('a close by force', () => {
  it('counts what it abandons: leases taken away, and no resource that was never made', async () => {
    const { pool, workshop } = newWorld({ max: 2 });
    const lease = await pool.acquire();
    workshop.gates.set('create', 'hangs');
    const refused = expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    await settle();
    await pool.close({ force: true });
    await refused;
    expect(lease.active).toBe(false);
    expect(pool.stats()).toMatchObject({
      size: 0,
      counters: { destroyed: 1, reclaimed: 1 },
      destroyedBy: { abandoned: 1 },
    });
  });

  it('counts a resource once whose destroy never answers', async () => {
    const { pool, clock } = toolPool(
      { destroy: () => new Promise(() => {}) },
      { max: 1, destroyTimeoutMs: 0 },
    );
    const lease = await pool.acquire();
    const closed = pool.close({ force: true });
    await clock.advance(0);
    await closed;
    expect(lease.active).toBe(false);
    expect(pool.stats()).toMatchObject({
      state: 'closed',
      counters: { destroyed: 1 },
      destroyedBy: { abandoned: 1 },
    });
  });

  it('tells hooks that are at work to stop, with the reason', async () => {
    const signals: AbortSignal[] = [];
    const { pool } = toolPool(
      {
        reset: (_tool, { signal }) => {
          signals.push(signal);
          return new Promise(() => {});
        },
      },
      { max: 1, resetTimeoutMs: 0 },
    );
    (await pool.acquire()).release();
    await pool.close({ force: true });
    expect(signals).toMatchObject([{ aborted: true, reason: { code: 'ERR_POOL_CLOSED' } }]);
    expect(pool.stats().counters.reclaimed).toBe(0);
  });

  it('warns of leases that were out, and of nothing when none was', async () => {
    const { pool } = toolPool({}, { max: 2, name: 'pages' });
    const recorder = new EventRecorder(pool, ['warn']);
    await pool.acquire();
    (await pool.acquire()).release();
    await pool.close({ force: true });
    expect(recorder.of('warn')).toEqual([
      {
        code: 'ABANDONED_LEASES',
        message:
          'pages: closed with 1 leases out; their resources were destroyed. Release leases before closing, or raise closeTimeoutMs',
      },
    ]);
    const none = toolPool({}, { max: 1 });
    const silence = new EventRecorder(none.pool, ['warn']);
    await none.pool.acquire().then((lease) => lease.release());
    await none.pool.close({ force: true });
    expect(silence.entries).toEqual([]);
  });

  it('leaves no timer behind', async () => {
    const { pool, clock } = toolPool({}, { max: 1, closeTimeoutMs: 1_000, idleTimeoutMs: 500 });
    await pool.acquire();
    await pool.close({ force: true });
    expect(clock.pending).toBe(0);
    await pool.close({ force: true });
    expect(clock.pending).toBe(0);
  });
});

describe('a close', () => {
  it('refuses at once who waits for the pool to be ready, though leases are out', async () => {
    const { pool } = toolPool({}, { max: 1 });
    const lease = await pool.acquire();
    let refused: unknown;
    const ready = pool.ready({ idle: 1 }).catch((error: unknown) => {
      refused = error;
    });
    await settle();
    const closed = pool.close();
    await settle();
    expect(refused).toMatchObject({ code: 'ERR_POOL_CLOSED' });
    lease.release();
    await Promise.all([ready, closed]);
  });

  it('is not undone by a drain', async () => {
    const { pool } = toolPool({}, { max: 1 });
    const lease = await pool.acquire();
    const closed = pool.close();
    const drained = pool.drain();
    expect(pool.state).toBe('closing');
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    lease.release();
    await Promise.all([closed, drained]);
    expect(pool.state).toBe('closed');
  });

  it('does not wait for further attempts of a creation that fails meanwhile', async () => {
    const first = answer<never>();
    let attempts = 0;
    const { pool } = toolPool(
      {
        create: () => {
          attempts++;
          return first.promise;
        },
      },
      { max: 1, createRetry: { maxAttempts: 9, initialMs: 1_000 } },
    );
    const refused = expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    const closed = pool.close();
    first.refuse(new Error('down'));
    await closed;
    await refused;
    expect(attempts).toBe(1);
  });
});

describe('a drain', () => {
  it('serves at once who had to wait while the pool was paused', async () => {
    const { pool } = toolPool({}, { max: 1, min: 1 });
    await pool.ready();
    pool.pause();
    const waiting = pool.acquire();
    const drained = pool.drain();
    expect(pool.pending).toBe(0);
    (await waiting).release();
    await drained;
    await pool.close();
  });
});
