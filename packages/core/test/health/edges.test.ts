import { createPool, type PoolMemory, type PoolStats } from '@rockpool/core';
import {
  crossingOf,
  type HealthLevel,
  type HealthReading,
  healthScore,
  type Point,
  poolReading,
  poolSource,
  type Remedy,
  remedyFor,
} from '@rockpool/core/health';
import { ManualClock } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { ReadingWindow } from '../../src/health/window.js';
import { NOTHING, WELL } from '../support/health.js';

const rise = (values: readonly number[]): Point[] =>
  values.map((value, index) => ({ at: index * 1_000, value }));

describe('a forecast', () => {
  it('is made from five points on', () => {
    expect(crossingOf(rise([0.1, 0.2, 0.3, 0.4]), [0.45])).toBeUndefined();
    const crossing = crossingOf(rise([0.1, 0.2, 0.3, 0.4, 0.5]), [0.6]);
    expect(crossing?.limit).toBe(0.6);
    expect(crossing?.inMs).toBeCloseTo(1_000, 5);
  });

  it('is about the nearest limit above the newest value, in whatever order they are given', () => {
    expect(crossingOf(rise([1, 2, 3, 4, 5]), [9, 5, 7, 3])).toEqual({ limit: 7, inMs: 2_000 });
  });

  it('reaches four times as far ahead as its points reach back', () => {
    const points = rise([0, 1, 2, 3, 4]);
    expect(crossingOf(points, [20])).toEqual({ limit: 20, inMs: 16_000 });
    expect(crossingOf(points, [20.001])).toBeUndefined();
  });

  it('wants nearly all pairs of points to rise', () => {
    // Of the fifteen pairs of six points one falls, then two.
    expect(crossingOf(rise([1, 2, 3, 4, 6, 5]), [7])).toBeDefined();
    expect(crossingOf(rise([2, 1, 3, 4, 6, 5]), [7])).toBeUndefined();
  });

  it('leaves out pairs of one moment, and goes through the middle of an even number too', () => {
    const doubled = [0, 0, 1, 1, 2, 2, 3, 3].map((second) => ({
      at: second * 1_000,
      value: second,
    }));
    const crossing = crossingOf(doubled, [5]);
    expect(crossing?.inMs).toBeCloseTo(2_000, 5);
    // The median of an even number of rests lies between the middle two.
    const uneven = crossingOf(rise([0, 1.2, 2, 3.2, 4, 5.2]), [7]);
    expect(uneven?.inMs).toBeGreaterThan(1_800);
    expect(uneven?.inMs).toBeLessThan(2_000);
  });

  it('is silent when most points stand still', () => {
    expect(crossingOf(rise([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), [2])).toBeUndefined();
    const still = [1, 2, 3, 4, 5].map((value) => ({ at: 7, value }));
    expect(crossingOf(still, [6])).toBeUndefined();
  });
});

describe('a remedy', () => {
  it('is for memory alone, and only where memory is what the level is about', () => {
    const levels: HealthLevel[] = ['healthy', 'degraded', 'unhealthy', 'critical'];
    const asked: string[] = [];
    for (const level of levels) {
      for (const pressure of ['low', 'medium', 'high', 'critical'] as const) {
        const memory = { usedBytes: 1, limitBytes: 2, share: 0.5, pressure };
        const remedy = remedyFor({ level, memory });
        if (remedy !== undefined) asked.push(`${level} at ${pressure}: ${remedy}`);
      }
    }
    expect(asked).toEqual([
      'degraded at medium: clean-up',
      'unhealthy at high: clear-some',
      'critical at critical: clear-high-memory',
    ]);
  });

  it.each<[remedy: Remedy, resourceLimitBytes: number | undefined, called: string, ended: number]>([
    ['clean-up', 100, 'forceGc', 3],
    ['clear-some', 100, 'endLargest 2', 4],
    ['clear-high-memory', 100, 'endAbove 80', 5],
    ['clear-high-memory', undefined, 'endLargest 2', 4],
  ])('%s with %d bytes for each resource is %s', async (remedy, limit, called, ended) => {
    const calls: string[] = [];
    const memory = {
      stats: () => ({ resourceLimitBytes: limit }),
      forceGc: () => {
        calls.push('forceGc');
        return Promise.resolve({ ended: 3 });
      },
      endLargest: (count: number) => {
        calls.push(`endLargest ${count}`);
        return 4;
      },
      endAbove: (bytes: number) => {
        calls.push(`endAbove ${bytes}`);
        return 5;
      },
    } as unknown as PoolMemory;
    const source = poolSource({ name: 'p', memory, stats: () => ({}) as PoolStats });
    expect(source.name).toBe('p');
    expect(await source.remedy?.(remedy)).toBe(ended);
    expect(calls).toEqual([called]);
  });
});

describe('the reading of a pool', () => {
  it('measures its memory anew, and says all that a monitor looks at', async () => {
    const clock = new ManualClock();
    let bytes = 10;
    const pool = createPool(
      { create: () => ({}), memoryBytes: () => bytes },
      {
        clock,
        max: 4,
        maxQueue: 0,
        acquireTimeoutMs: 50,
        poolMemoryLimitBytes: 1_000,
        stats: 'exact',
        createRetry: false,
      },
    );
    const source = poolSource(pool, { breaker: { state: { kind: 'half-open' }, trips: 3 } });
    const leases = [await pool.acquire(), await pool.acquire()];
    await clock.advance(20);
    leases[0]?.release();
    bytes = 30;
    expect(source.read()).toEqual({
      successes: 2,
      failures: 0,
      fallbacks: 0,
      breakerTrips: 3,
      hardTimeouts: 0,
      processingMs: 20,
      waitMs: 0,
      waits: 2,
      available: 1,
      active: 1,
      max: 4,
      utilization: 0.25,
      memoryBytes: 60,
      memoryLimitBytes: 1_000,
      breaker: 'half-open',
    });
    expect(poolReading(pool.stats(), { memoryBytes: 7, memoryLimitBytes: 8 })).toMatchObject({
      memoryBytes: 7,
      memoryLimitBytes: 8,
      breakerTrips: 0,
      breaker: undefined,
    });
    leases[1]?.release();
    await pool.close();
  });

  it('counts as failures those who waited too long, found no place in line, or got nothing made', () => {
    const counters = { acquired: 9, timedOut: 1, rejectedQueueFull: 20, rejectedCreate: 300 };
    const stats = { ...createPool(() => ({})).stats(), counters } as unknown as PoolStats;
    expect(poolReading(stats)).toMatchObject({ successes: 9, failures: 321 });
  });
});

describe('the score', () => {
  it.each([
    [{}, 'half-open', 80],
    [{}, 'open', 50],
    [{}, 'isolated', 50],
    [{ successRate: 0.5 }, undefined, 50],
    [{ successRate: Number.NaN }, undefined, 0],
    [{ successRate: 7 }, undefined, 100],
    [{ fallbackRate: 0.5 }, undefined, 85],
    [{ fallbackRate: Number.NaN }, undefined, 70],
    [{ fallbackRate: -1 }, undefined, 100],
    [{ utilization: 0.5 }, undefined, 100],
    [{ utilization: 0.75 }, undefined, 85],
    [{ utilization: 1 }, undefined, 70],
    [{ utilization: 3 }, undefined, 70],
    [{ utilization: Number.NaN }, undefined, 70],
    [{ memory: 0.75 }, undefined, 75],
    [{ memory: 1 }, undefined, 50],
    [{ successRate: 1 / 3 }, undefined, 33.33],
  ] as const)('with %j and a breaker that is %s is %d', (signs, breaker, score) => {
    expect(healthScore({ ...WELL, ...signs }, breaker)).toBe(score);
  });
});

describe('the window of readings', () => {
  const reading = (successes: number, rest: Partial<HealthReading> = {}): HealthReading => ({
    ...NOTHING,
    successes,
    ...rest,
  });

  it('sees what came on top of the reading with which the window began', () => {
    const window = new ReadingWindow(1_000);
    expect(window.delta(500, reading(5))).toMatchObject({ calls: 5, spanMs: 0 });
    window.add(0, reading(1));
    window.add(400, reading(10));
    expect(window.delta(999, reading(30))).toMatchObject({ successes: 29, spanMs: 999 });
    window.add(1_000, reading(40));
    expect(window.delta(1_399, reading(50))).toMatchObject({ successes: 49, spanMs: 1_399 });
    expect(window.delta(1_400, reading(50))).toMatchObject({ successes: 40, spanMs: 1_000 });
    window.add(1_400, reading(60));
    window.add(5_000, reading(70));
    expect(window.delta(5_000, reading(70))).toMatchObject({ successes: 10, spanMs: 3_600 });
  });

  it('takes a count that fell, of a source that began anew, for none', () => {
    const window = new ReadingWindow(1_000);
    window.add(0, reading(100, { failures: 10, waitMs: 7 }));
    expect(window.delta(10, reading(3, { failures: 12, waitMs: 5, waits: 2 }))).toEqual({
      calls: 2,
      successes: 0,
      fallbacks: 0,
      breakerTrips: 0,
      hardTimeouts: 0,
      processingMs: 0,
      waitMs: 0,
      waits: 2,
      spanMs: 10,
    });
  });
});
