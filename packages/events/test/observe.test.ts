import { createPool, type Pool } from '@rockpool/core';
import { ManualClock, settle } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { type AnyEvent, createEventAwarePool, EventBus, EventBusError } from '../src/index.js';
import { bench, newThing, pools, type Thing } from './observed.js';

describe('observe', () => {
  it('right after construction: sees the first instance, and the warm-up after the last of min', async () => {
    const bus = new EventBus();
    const names: string[] = [];
    bus.on('pool.*', (event) => names.push(event.eventType));
    const pool = createEventAwarePool<Thing>(newThing, { min: 2 }, bus, { poolId: 'first' });
    pools.push(pool);
    await pool.ready();
    await settle();
    expect(names).toEqual(['pool.instance_created', 'pool.instance_created', 'pool.pool_warmup']);
  });

  it('tells of a warm-up once, although instances come and go', async () => {
    const { pool, of } = bench({ min: 2, testOnCreate: true });
    await settle();
    (await pool.acquire()).destroy();
    await pool.clear();
    await settle();
    expect(pool.available).toBe(2);
    expect(of('pool_warmup')).toHaveLength(1);
  });

  it('does not tell of a warm-up that was over before anybody listened', async () => {
    const clock = new ManualClock();
    const pool = createPool<Thing>(newThing, { min: 1, clock });
    pools.push(pool);
    await settle();
    const bus = new EventBus();
    bus.observe(pool);
    const names: string[] = [];
    bus.on('pool.pool_warmup', (event) => names.push(event.eventType));
    (await pool.acquire()).destroy();
    await settle();
    expect(pool.available).toBe(1);
    expect(names).toEqual([]);
  });

  it('does not tell of a warm-up that happened while nobody listened', async () => {
    const pool = createPool<Thing>(newThing, { min: 1, clock: new ManualClock() });
    pools.push(pool);
    const bus = new EventBus();
    bus.observe(pool);
    await settle();
    const names: string[] = [];
    bus.on('pool.pool_warmup', (event) => names.push(event.eventType));
    (await pool.acquire()).destroy();
    await settle();
    expect(pool.available).toBe(1);
    expect(names).toEqual([]);
  });

  it('does not make what is not wanted when another event of the same origin is', async () => {
    const pool = createPool<Thing>(
      { create: newThing, validate: () => true },
      { clock: new ManualClock(), testOnReturn: true },
    );
    pools.push(pool);
    let measured = 0;
    const bus = new EventBus();
    const seen = {
      name: pool.name,
      min: pool.min,
      state: pool.state,
      on: pool.on.bind(pool) as Pool<Thing>['on'],
      stats: () => {
        measured++;
        return pool.stats();
      },
    };
    bus.observe(seen, { metrics: 'all' });
    bus.on('pool.*', () => undefined, { minSeverity: 'warn' });
    await pool.use(() => undefined);
    const before = measured;
    await pool.use(() => undefined);
    expect(measured).toBe(before);
    bus.on('pool.health_check', () => undefined);
    await pool.use(() => undefined);
    expect(measured).toBe(before + 1);
  });

  it('leaves a pool alone while nobody listens, and again when the last listener has gone', async () => {
    const clock = new ManualClock();
    const pool = createPool<Thing>(newThing, { clock, min: 1 });
    pools.push(pool);
    const listening = new Map<string, number>();
    const on: Pool<Thing>['on'] = (event, listener) => {
      listening.set(event, (listening.get(event) ?? 0) + 1);
      const end = pool.on(event, listener);
      return () => {
        listening.set(event, (listening.get(event) ?? 0) - 1);
        end();
      };
    };
    const now = (): string[] =>
      [...listening].filter(([, count]) => count > 0).map(([event]) => event);
    const bus = new EventBus();
    const end = bus.observe({
      name: 'seen',
      min: pool.min,
      state: pool.state,
      stats: () => pool.stats(),
      on,
    });
    expect(listening.size).toBe(0);
    const endTripped = bus.on('pool.circuit_breaker_tripped', () => undefined);
    bus.on('extraction.*', () => undefined);
    expect(listening.size).toBe(0);
    const endReleased = bus.on('pool.instance_released', () => undefined);
    expect(now()).toEqual(['release']);
    const subscription = bus.subscribe({ types: ['pool.*'], minSeverity: 'warn' });
    expect(now()).toEqual(
      expect.arrayContaining(['release', 'createError', 'validate', 'full', 'destroy']),
    );
    expect(now()).not.toContain('acquire');
    expect(now()).not.toContain('create');
    subscription.close();
    endReleased();
    endTripped();
    expect(now()).toEqual([]);
    bus.on('*', () => undefined);
    expect(now()).toContain('acquire');
    expect(Math.max(...listening.values())).toBeLessThanOrEqual(2); // `create` also feeds the warm-up
    end();
    expect(now()).toEqual([]);
  });

  it('ends by the function it returns; the pool may then be observed again', async () => {
    const { pool, bus, events } = bench();
    expect(() => bus.observe(pool)).toThrow(
      expect.objectContaining({ code: 'ERR_EVENTS_ALREADY_OBSERVED' }),
    );
    const other = new EventBus();
    const end = other.observe(pool);
    const names: string[] = [];
    other.on('*', (event) => names.push(event.eventType));
    end();
    end();
    expect(other.stats().observedPools).toBe(0);
    (await pool.acquire()).release();
    expect(names).toEqual([]);
    expect(events).not.toEqual([]);
    other.observe(pool);
    (await pool.acquire()).release();
    expect(names).toEqual(['pool.instance_acquired', 'pool.instance_released']);
  });

  it('adds its metadata, context and poolId, and metrics to all events if asked to', async () => {
    const pool = createPool<Thing>(newThing, { clock: new ManualClock() });
    pools.push(pool);
    const bus = new EventBus();
    bus.observe(pool, {
      poolId: 'css',
      metrics: 'all',
      metadata: { region: 'eu' },
      context: { traceId: 't' },
    });
    const events: AnyEvent[] = [];
    bus.on('pool.instance_acquired', (event) => events.push(event));
    const lease = await pool.acquire();
    expect(events[0]).toMatchObject({
      source: 'pool',
      poolId: 'css',
      metadata: { region: 'eu' },
      context: { traceId: 't' },
      metrics: {
        available: 0,
        active: 1,
        total: 1,
        pendingAcquisitions: 0,
        successRate: 1,
        avgAcquisitionTimeMs: 0,
        avgLatencyMs: 0,
      },
    });
    lease.release();
  });

  it('refuses options it does not know', () => {
    const { pool } = bench();
    const observe = (): unknown => new EventBus().observe(pool, { poolID: 'x' } as object);
    expect(observe).toThrow('did you mean poolId?');
  });

  it('lets go of pools that are closed when another one is observed', async () => {
    const { pool, bus } = bench();
    await pool.close();
    expect(bus.stats().observedPools).toBe(1);
    const next = createPool<Thing>(newThing);
    pools.push(next);
    bus.observe(next);
    expect(bus.stats().observedPools).toBe(1);
  });

  it('does not let a listener that throws, or that borrows and closes, disturb the pool', async () => {
    const { pool, bus } = bench({ max: 2 });
    const quiet = new EventBus({ onError: () => undefined });
    quiet.observe(pool);
    quiet.on('pool.*', () => {
      throw new Error('listener');
    });
    bus.once('pool.instance_acquired', () => void pool.use(() => undefined));
    bus.once('pool.instance_released', () => void pool.clear());
    await pool.use(() => undefined);
    await settle();
    expect(pool.borrowed).toBe(0);
    expect(pool.stats().counters.listenerErrors).toBe(0);
    expect(quiet.stats().listenerErrors).toBeGreaterThan(0);
  });

  it('ends when the bus closes, and a closed bus refuses without leaving a pool behind', async () => {
    const { pool, bus, events } = bench();
    await bus.close();
    (await pool.acquire()).release();
    expect(events).toEqual([]);
    let created = 0;
    let caught: unknown;
    try {
      createEventAwarePool<Thing>(
        () => {
          created++;
          return newThing();
        },
        { min: 1 },
        bus,
      );
    } catch (error) {
      caught = error;
    }
    await settle();
    expect(EventBusError.is(caught, 'ERR_EVENTS_CLOSED')).toBe(true);
    expect(created).toBe(0);
  });

  it('a slow subscriber and a hanging handler leave the pool its speed', async () => {
    const { pool, bus } = bench();
    const slow = bus.subscribe({ types: ['pool.*'], bufferSize: 16 });
    bus.registerHandler('hangs', () => new Promise(() => undefined), { bufferSize: 4 });
    for (let n = 0; n < 500; n++) await pool.use(() => undefined);
    expect(slow.buffered).toBe(16);
    expect(slow.lagged).toBe(bus.stats().published - 16);
    expect(pool.stats().counters.released).toBe(500);
  });
});
