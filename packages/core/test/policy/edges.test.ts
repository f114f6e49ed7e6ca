import { describe, expect, it } from 'vitest';
import { desiredSize, PRESETS, StableSize } from '../../src/index.js';
import { backoffMs } from '../../src/policy/backoff.js';
import { sweepPeriodMs } from '../../src/policy/eviction.js';
import { lifetimeMs } from '../../src/policy/lifetime.js';
import { pressureAfter, pressureOf } from '../../src/policy/pressure.js';
import { creationsWanted } from '../../src/policy/sizing.js';

const PLAN = {
  min: 2,
  max: 8,
  targetUtilization: 0.5,
  maxWaitMs: 100,
  scaleUpAfterMs: 1_000,
  scaleDownAfterMs: 3_000,
};

describe('the size that a load asks for', () => {
  it('leaves room, rises with long waits, and stays within its limits', () => {
    const sizeFor = (demand: number, oldestWaitMs = 0, current = 2): number =>
      desiredSize(PLAN, { demand, oldestWaitMs }, current);
    expect([0, 1, 1.5, 2, 4, 5].map((demand) => sizeFor(demand))).toEqual([2, 2, 3, 4, 8, 8]);
    expect([100, 101].map((waitMs) => sizeFor(0, waitMs, 4))).toEqual([2, 5]);
    expect(sizeFor(0, 101, 8)).toBe(8);
    expect(sizeFor(3, 101, 2)).toBe(6);
  });

  it('is followed upwards when it lasted, and downwards when it lasted longer', () => {
    const size = new StableSize(PLAN);
    expect(size.current).toBe(2);
    expect(size.observe(0, 6)).toBe(2);
    expect(size.observe(999, 5)).toBe(2);
    expect(size.observe(1_000, 7)).toBe(5);
    expect(size.observe(1_500, 7)).toBe(5);
    expect(size.observe(2_000, 7)).toBe(7);
    expect(size.observe(2_500, 3)).toBe(7);
    expect(size.observe(5_499, 2)).toBe(7);
    expect(size.observe(5_500, 2)).toBe(3);
    expect(size.observe(8_499, 2)).toBe(2);
    expect(size.current).toBe(2);
  });

  it('that is wished for once is not followed', () => {
    const size = new StableSize(PLAN);
    for (let at = 0; at <= 10_000; at += 500) {
      expect(size.observe(at, at === 5_000 ? 8 : 2)).toBe(2);
    }
  });
});

describe('how many to make', () => {
  const demand = {
    waiting: 0,
    size: 0,
    idle: 0,
    min: 0,
    minIdle: 0,
    room: 10,
    maxCreating: 4,
  };

  it.each([
    [{}, 0, 0],
    [{ waiting: 3 }, 0, 3],
    [{ waiting: 3 }, 2, 1],
    [{ min: 2, size: 1 }, 0, 1],
    [{ min: 2, size: 1, waiting: 3 }, 0, 3],
    [{ minIdle: 2, idle: 1 }, 0, 1],
    [{ minIdle: 2, idle: 1 }, 1, 0],
    [{ minIdle: 2, waiting: 1 }, 1, 2],
    [{ minIdle: 2, waiting: 3 }, 1, 2],
    [{ waiting: 9 }, 0, 4],
    [{ waiting: 9 }, 3, 1],
    [{ waiting: 9, room: 2 }, 0, 2],
    [{ waiting: 9, room: -1 }, 0, -1],
  ])('%j with %d under way: %d', (wishes, inProgress, wanted) => {
    expect(creationsWanted({ ...demand, ...wishes }, inProgress)).toBe(wanted);
  });
});

describe('how often to look for what has expired', () => {
  const none = {
    idleTimeoutMs: 0,
    hardIdleTimeoutMs: 0,
    maxLifetimeMs: 0,
    keepAliveMs: 0,
    testWhileIdle: false,
  };

  it.each([
    [{}, 0],
    [{ idleTimeoutMs: 800 }, 100],
    [{ idleTimeoutMs: 801 }, 101],
    [{ idleTimeoutMs: 800, hardIdleTimeoutMs: 80 }, 10],
    [{ maxLifetimeMs: 1_600, idleTimeoutMs: 0 }, 200],
    [{ keepAliveMs: 400 }, 0],
    [{ keepAliveMs: 400, testWhileIdle: true }, 50],
    [{ idleTimeoutMs: 1 }, 1],
    [{ idleTimeoutMs: 0.1 }, 1],
    [{ maxLifetimeMs: 86_400_000 }, 30_000],
  ])('%j: every %d ms', (limits, periodMs) => {
    expect(sweepPeriodMs({ ...none, ...limits })).toBe(periodMs);
  });
});

describe('the pressure of memory', () => {
  it('rises at once and falls a little later', () => {
    const steps: [share: number, level: string][] = [
      [0.49, 'low'],
      [0.5, 'medium'],
      [0.46, 'medium'],
      [0.44, 'low'],
      [0.76, 'high'],
      [0.71, 'high'],
      [0.69, 'medium'],
      [0.95, 'critical'],
      [0.86, 'critical'],
      [0.84, 'high'],
      [0.2, 'low'],
    ];
    let level = pressureOf(0);
    for (const [share, expected] of steps) {
      level = pressureAfter(level, share);
      expect(level, String(share)).toBe(expected);
    }
  });

  it('follows thresholds of one’s own', () => {
    const own = { medium: 0.1, high: 0.2, critical: 0.3, hysteresis: 0 };
    expect([0.05, 0.1, 0.2, 0.3].map((share) => pressureOf(share, own))).toEqual([
      'low',
      'medium',
      'high',
      'critical',
    ]);
    expect(pressureAfter('critical', 0.29, own)).toBe('high');
  });
});

describe('waits between attempts', () => {
  it('grow by their factor up to the longest, less a share that is left to chance', () => {
    const plan = { initialMs: 100, maxMs: 500, factor: 2, jitter: 0.5 } as const;
    const waits = [1, 2, 3, 4].map((attempt) =>
      backoffMs({ ...plan, maxAttempts: 9, onGiveUp: 'reject-waiters' }, attempt, 0),
    );
    const least = backoffMs({ ...plan, maxAttempts: 9, onGiveUp: 'reject-waiters' }, 3, 1);
    expect(new Set([...waits, least])).toEqual(new Set([100, 200, 400, 500]));
  });
});

describe('lifetimes', () => {
  it('differ from resource to resource within their share', () => {
    const lives = Array.from({ length: 100 }, (_, id) => lifetimeMs(id, 1_000, 0.25));
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(750);
    expect(Math.max(...lives)).toBeLessThanOrEqual(1_000);
    expect(new Set(lives.map(Math.round)).size).toBeGreaterThan(90);
    expect(lifetimeMs(7, 1_000, 0)).toBe(1_000);
  });
});

describe('the recommended sizes', () => {
  it('can be told apart', () => {
    expect(new Set(Object.values(PRESETS).map((preset) => JSON.stringify(preset))).size).toBe(
      Object.keys(PRESETS).length,
    );
  });
});
