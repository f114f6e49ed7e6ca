import { createPool } from '@rockpool/core';
import { PoolHealthMonitor, poolReading } from '@rockpool/core/health';
import { CircuitBreaker } from '@rockpool/core/resilience';
import { ManualClock } from '@rockpool/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { watched } from '../support/health.js';

describe('a health monitor', () => {
  it('says how a pool is, in every figure', () => {
    const { monitor, set, clock } = watched();
    set({
      successes: 95,
      failures: 5,
      fallbacks: 19,
      breakerTrips: 1,
      processingMs: 2_000,
      waitMs: 300,
      waits: 100,
      available: 2,
      active: 8,
      utilization: 0.8,
      memoryBytes: 600,
      breaker: 'half-open',
    });
    clock.jump(1_000);
    expect(monitor.check()).toEqual({
      name: 'pages',
      level: 'degraded',
      because: ['utilization', 'memory', 'fallbackRate'],
      score: 52.89,
      trend: 'unknown',
      forecast: [],
      signs: {
        successRate: 0.95,
        fallbackRate: 0.19,
        utilization: 0.8,
        memory: 0.6,
        breakerTrips: 1,
        hardTimeouts: 0,
        processingMs: 20,
      },
      availableInstances: 2,
      activeInstances: 8,
      maxInstances: 10,
      memory: { usedBytes: 600, limitBytes: 1_000, share: 0.6, pressure: 'medium' },
      breaker: 'half-open',
      avgWaitMs: 3,
      totalCalls: 100,
      windowMs: 1_000,
      at: clock.now(),
      lastCheck: '1970-01-01T00:00:00.000Z',
    });
    expect(monitor.summary()).toEqual({
      status: 'degraded',
      score: 52.89,
      utilization_percent: 80,
      success_rate_percent: 95,
      fallback_rate_percent: 19,
      memory_pressure: 'medium',
      trend: 'unknown',
      total_extractions: 100,
    });
  });

  it('has no health data before the first check, and is healthy where nothing was asked', () => {
    const { monitor } = watched();
    expect(monitor.summary()).toEqual({
      status: 'unknown',
      message: 'No health data available',
    });
    expect(monitor.currentHealth()).toMatchObject({ level: 'healthy', score: 100 });
    expect(monitor.history).toEqual([]);
  });

  it('looks at what happened during its window: a bad hour does not make a pool ill for ever', async () => {
    const { monitor, set, clock } = watched({ intervalMs: 10_000, windowMs: 60_000 });
    monitor.start();
    set({ successes: 10, failures: 90 });
    await clock.advance(10_000);
    expect(monitor.last?.level).toBe('critical');
    set({ successes: 110 });
    await clock.advance(50_000);
    expect(monitor.last?.level).toBe('unhealthy');
    await clock.advance(20_000);
    expect(monitor.last).toMatchObject({ level: 'healthy', signs: { successRate: 1 } });
    monitor.stop();
  });

  it('checks at once and then at every interval, until it is stopped', async () => {
    const { monitor, clock } = watched();
    const checks: number[] = [];
    monitor.onCheck(({ at }) => checks.push(at));
    expect(clock.pending).toBe(0);
    monitor.start();
    monitor.start();
    expect(clock.pending).toBe(1);
    await clock.advance(90_000);
    expect(checks.length).toBe(4);
    monitor.stop();
    expect([clock.pending, monitor.running]).toEqual([0, false]);
    await clock.advance(90_000);
    expect(checks.length).toBe(4);
    monitor.start();
    expect(checks.length).toBe(5);
    monitor[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  });

  it('remembers a hundred checks', async () => {
    const { monitor, clock } = watched({ intervalMs: 1_000 });
    monitor.start();
    const firstAt = monitor.history[0]?.at ?? 0;
    await clock.advance(120_000);
    expect(monitor.history.length).toBe(100);
    expect(monitor.history[0]?.at).toBe(firstAt + 21_000);
    monitor.stop();
  });

  it('tells each change of the level once', () => {
    const { monitor, set } = watched();
    const changes: string[] = [];
    const end = monitor.onChange(({ from, to }) => changes.push(`${from} -> ${to}`));
    for (const utilization of [0, 0.8, 0.8, 0.99, 0.1]) {
      set({ utilization });
      monitor.check();
    }
    expect(changes).toEqual([
      'undefined -> healthy',
      'healthy -> degraded',
      'degraded -> critical',
      'critical -> healthy',
    ]);
    end();
    set({ utilization: 1 });
    monitor.check();
    expect(changes.length).toBe(4);
  });

  it('says where it is going, and when it will be worse', async () => {
    const { monitor, set, clock } = watched({ intervalMs: 1_000 });
    monitor.start();
    for (let step = 1; step <= 10; step++) {
      set({ utilization: 0.6 + 0.02 * step, memoryBytes: 20 * step });
      await clock.advance(1_000);
    }
    expect(monitor.last).toMatchObject({ level: 'degraded', trend: 'degrading' });
    const [utilization, memory] = monitor.last?.forecast ?? [];
    expect(utilization).toMatchObject({ sign: 'utilization', limit: 0.85 });
    expect(utilization?.inMs).toBeCloseTo(2_500, 3);
    expect(memory).toMatchObject({ sign: 'memory', limit: 0.5 });
    expect(memory?.inMs).toBeCloseTo(15_000, 3);
    monitor.stop();
  });

  it('forecasts the wait', async () => {
    const { monitor, set, clock } = watched({ intervalMs: 1_000, windowMs: 1_000 });
    monitor.start();
    for (let step = 1; step <= 8; step++) {
      set({ waitMs: 5 * step * step, waits: step });
      await clock.advance(1_000);
    }
    expect(monitor.last?.forecast).toMatchObject([{ sign: 'wait', limit: 100 }]);
    monitor.stop();
  });

  it.each([
    ['clear-high-memory', 950],
    ['clear-some', 800],
    ['clean-up', 600],
  ])('carries out %s when memory stands at %d of 1,000', (remedy, memoryBytes) => {
    const { monitor, set, remedies } = watched();
    const reports: unknown[] = [];
    monitor.onRemedy((report) => reports.push(report));
    set({ memoryBytes });
    monitor.currentHealth();
    expect(remedies).toEqual([]);
    monitor.check();
    expect(remedies).toEqual([remedy]);
    expect(reports).toEqual([{ remedy, ended: 2 }]);
  });

  it('has no remedy for what is not a matter of memory, and none when it shall only watch', () => {
    const busy = watched();
    busy.set({ utilization: 1 });
    busy.monitor.check();
    expect(busy.remedies).toEqual([]);
    const watching = watched({ remedies: 'none' });
    watching.set({ memoryBytes: 990 });
    watching.monitor.check();
    expect(watching.remedies).toEqual([]);
  });

  it('goes on when a listener, a remedy or the source throws, and says so', async () => {
    const clock = new ManualClock();
    const faults: string[] = [];
    let down = false;
    const source = {
      name: 'pages',
      read: () => {
        if (down) throw new Error('no reading');
        return {
          ...poolReading(createPool(() => ({})).stats()),
          memoryBytes: 6,
          memoryLimitBytes: 10,
        };
      },
      remedy: () => Promise.reject(new Error('no remedy')),
    };
    const onError = (error: unknown, during: string): void => {
      faults.push(`${during}: ${(error as Error).message}`);
    };
    const monitor = new PoolHealthMonitor(source, { clock, intervalMs: 1_000, onError });
    monitor.onCheck(() => {
      throw new Error('bad ear');
    });
    monitor.start();
    await clock.advance(0);
    expect(faults).toEqual(['listener: bad ear', 'remedy: no remedy']);
    down = true;
    expect(() => monitor.check()).toThrow('no reading');
    await clock.advance(1_000);
    expect(faults.at(-1)).toBe('read: no reading');
    expect(monitor.running).toBe(true);
    monitor.stop();
  });

  it('warns once for each kind of fault when nobody listens to them', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { monitor, clock } = watched({ intervalMs: 1_000 });
    monitor.onCheck(() => {
      throw new Error('bad ear');
    });
    monitor.start();
    await clock.advance(5_000);
    monitor.stop();
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toContain('pages: its health monitor met an error (listener)');
    warn.mockRestore();
  });

  it.each([
    [{ intervalMs: 0 }, /intervalMs/],
    [{ interval: 5 }, /did you mean intervalMs/],
    [{ remedies: 'some' }, /remedies/],
  ])('says what is wrong with %j', (options, message) => {
    expect(() => watched(options as never)).toThrow(message);
  });
});

describe('a monitor of a pool', () => {
  it('sees the callers that were served, and those that were not', async () => {
    const clock = new ManualClock();
    const pool = createPool(() => ({}), { clock, max: 2, acquireTimeoutMs: 100 });
    const breaker = new CircuitBreaker({ clock });
    const monitor = new PoolHealthMonitor(
      { name: 'pool', read: () => poolReading(pool.stats(), { breaker, memoryBytes: 7 }) },
      { clock },
    );
    expect(monitor.check()).toMatchObject({ level: 'healthy', breaker: 'closed' });
    const held = [await pool.acquire(), await pool.acquire()];
    const late = pool.acquire().catch((error: unknown) => error);
    const abort = new AbortController();
    const gone = pool.acquire({ signal: abort.signal }).catch((error: unknown) => error);
    abort.abort();
    await clock.advance(100);
    await Promise.all([late, gone]);
    breaker.trip();
    const status = monitor.check();
    expect(status).toMatchObject({
      level: 'critical',
      because: ['utilization'],
      activeInstances: 2,
      maxInstances: 2,
      breaker: 'open',
      totalCalls: 3,
      memory: { usedBytes: 7, limitBytes: undefined, pressure: 'low' },
      signs: { breakerTrips: 1 },
    });
    // Two served, one too late; the one that gave up does not count.
    expect(status.signs.successRate).toBeCloseTo(2 / 3);
    for (const lease of held) lease.release();
    await pool.close();
  });
});
