import { createPool, HealthCheckFailedError } from '@rockpool/core';
import { ManualClock, settle } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import {
  EventBus,
  POOL_OPERATIONS,
  type PoolEvent,
  type PoolOperation,
  type Severity,
} from '../src/index.js';
import { bench, guarded, newThing, pools, type Thing } from './observed.js';

/** What makes each operation happen, and what its event then says. */
const operations: Record<
  PoolOperation,
  { severity: Severity; happen: () => Promise<PoolEvent[]>; says: object }
> = {
  instance_created: {
    severity: 'info',
    happen: async () => {
      const { of } = bench({ min: 1 });
      await settle();
      return of('instance_created');
    },
    says: { id: expect.any(String), tookMs: expect.any(Number) },
  },
  instance_destroyed: {
    severity: 'info',
    happen: async () => {
      const { pool, of } = bench();
      (await pool.acquire()).destroy();
      return of('instance_destroyed');
    },
    says: { reason: 'borrower' },
  },
  instance_acquired: {
    severity: 'info',
    happen: async () => {
      const { pool, of } = bench({ min: 1 });
      await settle();
      (await pool.acquire()).release();
      return of('instance_acquired');
    },
    says: { waitedMs: 0, direct: true },
  },
  instance_released: {
    severity: 'info',
    happen: async () => {
      const { pool, of } = bench();
      (await pool.acquire()).release();
      return of('instance_released');
    },
    says: { instanceId: expect.any(String) },
  },
  instance_creation_failed: {
    severity: 'error',
    happen: async () => {
      const { pool, of } = bench({ createRetry: false }, () => {
        throw new Error('no wires');
      });
      await pool.acquire().catch(() => undefined);
      return of('instance_creation_failed');
    },
    says: { reason: 'no wires', attempt: 1, retryInMs: null },
  },
  instance_unhealthy: {
    severity: 'warn',
    happen: async () => {
      const { pool, of } = bench({ testOnReturn: true });
      const lease = await pool.acquire();
      lease.resource.well = false;
      await lease.releaseAsync();
      return of('instance_unhealthy');
    },
    says: { id: expect.any(String), reason: expect.any(String), cause: 'check' },
  },
  instance_healthy: {
    severity: 'debug',
    happen: async () => {
      const { pool, of } = bench({ testOnReturn: true });
      (await pool.acquire()).release();
      return of('instance_healthy');
    },
    says: { health: 100 },
  },
  health_check: {
    severity: 'debug',
    happen: async () => {
      const { pool, of } = bench({ testOnReturn: true });
      (await pool.acquire()).release();
      return of('health_check');
    },
    says: { ok: true, phase: 'return', health: 100 },
  },
  memory_cleanup: {
    severity: 'debug',
    happen: async () => {
      const { pool, clock, of } = bench({ idleTimeoutMs: 1_000 });
      (await pool.acquire()).release();
      await clock.advance(5_000);
      return of('memory_cleanup');
    },
    says: { reason: 'idle', instanceId: expect.any(String) },
  },
  pool_warmup: {
    severity: 'info',
    happen: async () => {
      const { of } = bench({ min: 3 });
      await settle();
      return of('pool_warmup');
    },
    says: { instances: 3, metrics: expect.objectContaining({ total: 3, available: 3 }) },
  },
  pool_exhausted: {
    severity: 'warn',
    happen: async () => {
      const { pool, of } = bench({ max: 1 });
      const lease = await pool.acquire();
      const waiting = pool.acquire();
      lease.release();
      (await waiting).release();
      return of('pool_exhausted');
    },
    says: { waiting: 1, refused: false, metrics: expect.objectContaining({ active: 1 }) },
  },
  circuit_breaker_tripped: {
    severity: 'error',
    happen: async () => {
      const { breaker, of } = guarded();
      breaker.trip(new Error('5 of 5'));
      return of('circuit_breaker_tripped');
    },
    says: { reason: '5 of 5' },
  },
  circuit_breaker_reset: {
    severity: 'info',
    happen: async () => {
      const { breaker, of } = guarded();
      breaker.trip();
      breaker.reset();
      return of('circuit_breaker_reset');
    },
    says: {},
  },
  memory_pressure: {
    severity: 'warn',
    happen: async () => {
      const { bus, of } = bench();
      bus.publish({
        eventType: 'pool.memory_pressure',
        poolId: 'things',
        level: 'high',
        from: 'low',
        usedBytes: 8,
        limitBytes: 10,
      });
      return of('memory_pressure');
    },
    says: { level: 'high', from: 'low' },
  },
};

describe('the operations of a pool', () => {
  it.each(Object.entries(operations))(
    'pool.%s is told once, with its severity and its facts',
    async (operation, { severity, happen, says }) => {
      const events = await happen();
      expect(events).toHaveLength(1);
      const base = { eventType: `pool.${operation}`, severity, poolId: 'things' };
      expect(events[0]).toMatchObject({ ...base, ...says });
      expect(POOL_OPERATIONS[operation as PoolOperation]).toBe(severity);
      expect(JSON.parse(JSON.stringify(events[0]))).toEqual(events[0]);
    },
  );

  it('are all in the table', () => {
    expect(Object.keys(operations)).toEqual(Object.keys(POOL_OPERATIONS));
  });
});

describe('an instance', () => {
  it('has one id through all its events', async () => {
    const { pool, events } = bench({ testOnReturn: true });
    const lease = await pool.acquire();
    const { uuid } = lease.info;
    lease.resource.well = false;
    await lease.releaseAsync();
    expect(events.map(({ eventType, instanceId }) => [eventType, instanceId])).toEqual([
      ['pool.instance_created', uuid],
      ['pool.instance_acquired', uuid],
      ['pool.health_check', uuid],
      ['pool.instance_unhealthy', uuid],
      ['pool.instance_destroyed', uuid],
    ]);
  });

  it('that cannot be cleaned is unhealthy because of its reset', async () => {
    const { pool, of } = bench();
    const lease = await pool.acquire();
    lease.resource.clean = false;
    await lease.releaseAsync();
    expect(of('instance_unhealthy')).toMatchObject([{ cause: 'reset' }]);
    expect(of('instance_destroyed')).toMatchObject([{ reason: 'reset-failed' }]);
    expect(of('instance_released')).toEqual([]);
  });

  it('that announces its death is unhealthy because it died', async () => {
    let die: (error?: unknown) => void = () => undefined;
    const pool = createPool<Thing>(
      ({ died }) => {
        die = died;
        return newThing();
      },
      { min: 1, idleTimeoutMs: 0 },
    );
    pools.push(pool);
    const bus = new EventBus();
    bus.observe(pool);
    const reasons: string[] = [];
    bus.on('pool.instance_unhealthy', ({ cause, reason }) => reasons.push(`${cause}: ${reason}`));
    await pool.ready();
    die(new Error('socket closed'));
    await settle();
    die();
    expect(reasons).toEqual(['died: socket closed', 'died: it died']);
  });

  it('whose score falls below minHealth is unhealthy because of its score', async () => {
    const { pool, of } = bench({ minHealth: 95 });
    const lease = await pool.acquire();
    for (let n = 0; n < 5; n++) lease.fail(new Error('bad answer'));
    await lease.releaseAsync();
    expect(of('instance_unhealthy')).toMatchObject([{ cause: 'score' }]);
    expect(of('instance_destroyed')).toMatchObject([{ reason: 'unhealthy' }]);
  });
});

describe('the short names', () => {
  it('instanceCreated brings the id', async () => {
    const { pool, bus } = bench();
    const ids: string[] = [];
    bus.on('instanceCreated', ({ id }) => ids.push(id));
    const lease = await pool.acquire();
    expect(ids).toEqual([lease.info.uuid]);
    lease.release();
  });

  it('healthCheckFailed brings id and reason of failed checks, and of nothing else', async () => {
    const clock = new ManualClock();
    const pool = createPool<Thing>(
      {
        create: newThing,
        validate: (thing) => {
          if (!thing.well) throw new HealthCheckFailedError('no pulse');
        },
        reset: (thing) => thing.clean,
      },
      { clock, testOnReturn: true },
    );
    pools.push(pool);
    const bus = new EventBus();
    bus.observe(pool);
    const failures: object[] = [];
    bus.on('healthCheckFailed', ({ id, reason }) => failures.push({ id, reason }));
    const dirty = await pool.acquire();
    dirty.resource.clean = false;
    await dirty.releaseAsync();
    const ill = await pool.acquire();
    const id = ill.info.uuid;
    ill.resource.well = false;
    await ill.releaseAsync();
    expect(failures).toEqual([{ id, reason: 'Health check failed: no pulse' }]);
  });

  it('memoryPressure brings the level', () => {
    const { bus } = bench();
    const levels: string[] = [];
    bus.on('memoryPressure', ({ level }) => levels.push(level));
    bus.publish('pool.memory_pressure', () => ({
      poolId: 'p',
      level: 'critical',
      from: 'high',
      usedBytes: 1,
      limitBytes: 1,
    }));
    expect(levels).toEqual(['critical']);
  });
});

describe('a breaker', () => {
  it('trips once however it comes to refuse, and is reset when it is closed', () => {
    const { breaker, events } = guarded();
    breaker.isolate();
    breaker.reset();
    breaker.trip(new Error('down'));
    breaker.isolate();
    breaker.reset();
    expect(events.map((event) => [event.eventType, 'reason' in event ? event.reason : ''])).toEqual(
      [
        ['pool.circuit_breaker_tripped', 'it was set to isolated'],
        ['pool.circuit_breaker_reset', ''],
        ['pool.circuit_breaker_tripped', 'down'],
        ['pool.circuit_breaker_reset', ''],
      ],
    );
  });
});

describe('a pool at its limit', () => {
  it('tells of callers that are refused as well as of those that wait', async () => {
    const { pool, of } = bench({ max: 1, maxQueue: 1 });
    const lease = await pool.acquire();
    const waits = pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' });
    expect(of('pool_exhausted')).toMatchObject([{ refused: false }, { refused: true, waiting: 1 }]);
    lease.release();
    (await waits).release();
  });

  it('is not exhausted when a caller gives up for reasons of its own', async () => {
    const { pool, of } = bench();
    await pool.acquire({ signal: AbortSignal.abort() }).catch(() => undefined);
    expect(of('pool_exhausted')).toEqual([]);
  });
});
