import { pressureOf } from '@rockpool/core';
import {
  HEALTH_LEVELS,
  HEALTH_THRESHOLDS,
  type HealthSigns,
  healthScore,
  judge,
  trendOf,
} from '@rockpool/core/health';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WELL } from '../support/health.js';

const levelOf = (signs: Partial<HealthSigns>): string => judge({ ...WELL, ...signs }).level;

describe('the level of a pool', () => {
  it.each<[sign: keyof HealthSigns, value: number, level: string]>([
    ['successRate', 1, 'healthy'],
    ['successRate', 0.9, 'healthy'],
    ['successRate', 0.8999, 'degraded'],
    ['successRate', 0.75, 'degraded'],
    ['successRate', 0.7499, 'unhealthy'],
    ['successRate', 0.5, 'unhealthy'],
    ['successRate', 0.4999, 'critical'],
    ['successRate', 0, 'critical'],
    ['utilization', 0.75, 'healthy'],
    ['utilization', 0.7501, 'degraded'],
    ['utilization', 0.85, 'degraded'],
    ['utilization', 0.8501, 'unhealthy'],
    ['utilization', 0.95, 'unhealthy'],
    ['utilization', 0.9501, 'critical'],
    ['memory', 0.4999, 'healthy'],
    ['memory', 0.5, 'degraded'],
    ['memory', 0.7499, 'degraded'],
    ['memory', 0.75, 'unhealthy'],
    ['memory', 0.8999, 'unhealthy'],
    ['memory', 0.9, 'critical'],
    ['memory', 1.2, 'critical'],
    ['fallbackRate', 0.1, 'healthy'],
    ['fallbackRate', 0.1001, 'degraded'],
    ['fallbackRate', 0.3, 'degraded'],
    ['fallbackRate', 0.3001, 'unhealthy'],
    ['fallbackRate', 1, 'unhealthy'],
    ['breakerTrips', 5, 'healthy'],
    ['breakerTrips', 6, 'unhealthy'],
    ['hardTimeouts', 10, 'healthy'],
    ['hardTimeouts', 11, 'critical'],
    ['processingMs', 5_000, 'healthy'],
    ['processingMs', 5_001, 'degraded'],
  ])('with %s at %d is %s', (sign, value, level) => {
    expect(levelOf({ [sign]: value })).toBe(level);
  });

  it('is the worst that any sign asks for, and names the signs that do', () => {
    const signs = { ...WELL, successRate: 0.6, utilization: 0.8, fallbackRate: 0.4 };
    expect(judge(signs)).toEqual({ level: 'unhealthy', because: ['successRate', 'fallbackRate'] });
    expect(judge(WELL)).toEqual({ level: 'healthy', because: [] });
  });

  it('is the worst when a sign is not a number', () => {
    expect(levelOf({ successRate: Number.NaN })).toBe('critical');
    expect(levelOf({ fallbackRate: Number.NaN })).toBe('unhealthy');
  });

  it('has limits that get worse from left to right, for every sign', () => {
    expect(HEALTH_THRESHOLDS.map(({ sign }) => sign).sort()).toEqual(Object.keys(WELL).sort());
    for (const { bad, limits } of HEALTH_THRESHOLDS) {
      const given = limits.filter((limit) => limit !== undefined);
      const sorted = given.toSorted((a, b) => (bad === 'below' ? b - a : a - b));
      expect(given).toEqual(sorted);
    }
  });
});

describe('memory pressure', () => {
  it.each([
    [0, 'low'],
    [0.499, 'low'],
    [0.5, 'medium'],
    [0.7499, 'medium'],
    [0.75, 'high'],
    [0.8999, 'high'],
    [0.9, 'critical'],
    [2, 'critical'],
  ])('at %d of the limit is %s', (share, level) => {
    expect(pressureOf(share)).toBe(level);
  });
});

describe('the score of a pool', () => {
  const shares = fc.double({ min: 0, max: 1, noNaN: true });
  const breakers = ['closed', 'half-open', 'open'] as const;
  const signs = fc.record({
    successRate: shares,
    fallbackRate: shares,
    utilization: shares,
    memory: shares,
  });

  it('is 100 at its best and 0 when nothing succeeds', () => {
    expect(healthScore(WELL, 'closed')).toBe(100);
    expect(healthScore(WELL, undefined)).toBe(100);
    expect(healthScore({ ...WELL, successRate: 0 }, 'closed')).toBe(0);
    expect(healthScore({ ...WELL, memory: Number.NaN }, 'closed')).toBe(50);
    expect(healthScore(WELL, 'open')).toBe(50);
  });

  it('never rises when a sign gets worse', () => {
    fc.assert(
      fc.property(signs, signs, fc.nat(2), (one, other, state) => {
        const pick = (from: (a: number, b: number) => number, key: keyof typeof one): number =>
          from(one[key], other[key]);
        const better = {
          successRate: pick(Math.max, 'successRate'),
          fallbackRate: pick(Math.min, 'fallbackRate'),
          utilization: pick(Math.min, 'utilization'),
          memory: pick(Math.min, 'memory'),
        };
        const best = healthScore(better, breakers[state]);
        expect(best).toBeGreaterThanOrEqual(healthScore(one, breakers[state]));
        expect(best).toBeGreaterThanOrEqual(healthScore(other, breakers[state]));
        expect(best).toBeLessThanOrEqual(healthScore(better, breakers[Math.max(0, state - 1)]));
        expect(best).toBeGreaterThanOrEqual(0);
        expect(best).toBeLessThanOrEqual(100);
      }),
    );
  });
});

describe('the trend', () => {
  const [healthy, degraded, unhealthy, critical] = HEALTH_LEVELS as [
    'healthy',
    'degraded',
    'unhealthy',
    'critical',
  ];
  it.each([
    [[], 'unknown'],
    [[healthy, critical], 'unknown'],
    [[healthy, healthy, degraded], 'degrading'],
    [[critical, unhealthy, degraded], 'improving'],
    [[degraded, critical, degraded], 'stable'],
    // Only the last five count.
    [[critical, healthy, healthy, healthy, healthy, healthy], 'stable'],
    [[healthy, degraded, healthy, healthy, healthy, unhealthy], 'degrading'],
  ] as const)('of %j is %s', (levels, trend) => {
    expect(trendOf(levels)).toBe(trend);
  });
});
