import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Observation, type PoolSigns, poolScore, scoreAfter } from '../src/index.js';
import { DecayedRate, FULL_HEALTH } from '../src/policy/scoring.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const score = fc.integer({ min: 0, max: FULL_HEALTH });
const signs: fc.Arbitrary<PoolSigns> = fc.record({
  resourceHealth: fc.double({ min: 0, max: 100, noNaN: true }),
  errorRate: share,
  refusalRate: share,
  pressure: share,
});

/** Pairs of observations, the second at least as bad as the first. */
const worsening: fc.Arbitrary<readonly [Observation, Observation]> = fc.oneof(
  fc.tuple(share, share).map(
    ([a, b]) =>
      [
        { kind: 'measured', health: Math.max(a, b) },
        { kind: 'measured', health: Math.min(a, b) },
      ] as const,
  ),
  fc
    .tuple(
      fc.double({ min: 0, max: 500, noNaN: true }),
      fc.double({ min: 0, max: 500, noNaN: true }),
    )
    .map(
      ([a, b]) =>
        [
          { kind: 'slow', tookMs: Math.min(a, b), limitMs: 400 },
          { kind: 'slow', tookMs: Math.max(a, b), limitMs: 400 },
        ] as const,
    ),
  fc.constantFrom<readonly [Observation, Observation]>(
    [{ kind: 'passed' }, { kind: 'failed' }],
    [{ kind: 'clean-return' }, { kind: 'failed' }],
    [{ kind: 'failed' }, { kind: 'timeout' }],
    [{ kind: 'passed' }, { kind: 'slow', tookMs: 300, limitMs: 400 }],
    [{ kind: 'passed' }, { kind: 'timeout' }],
  ),
);

describe('the score of a resource', () => {
  it('is never raised by a worse observation', () => {
    fc.assert(
      fc.property(score, worsening, (before, [better, worse]) => {
        expect(scoreAfter(before, worse)).toBeLessThanOrEqual(scoreAfter(before, better));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is never higher after a lower score than after a higher one', () => {
    fc.assert(
      fc.property(score, score, worsening, (a, b, [seen]) => {
        expect(scoreAfter(Math.min(a, b), seen)).toBeLessThanOrEqual(
          scoreAfter(Math.max(a, b), seen),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('falls towards the share of the limit that a slow hook left', () => {
    const after = (tookMs: number): number =>
      scoreAfter(FULL_HEALTH, { kind: 'slow', tookMs, limitMs: 100 });
    expect([0, 75, 100, 250].map(after)).toEqual([10_000, 8_500, 8_000, 8_000]);
  });

  it('takes a health above 1 for 1', () => {
    expect(scoreAfter(0, { kind: 'measured', health: 2 })).toBe(5_000);
  });

  it('is not rounded past a target that is hardly more than nothing', () => {
    const seen = { kind: 'measured', health: Number.MIN_VALUE } as const;
    expect([scoreAfter(0, seen), scoreAfter(1, seen)]).toEqual([0, 0]);
  });

  it('stays a whole number from 0 to full, recovers fully and falls to nothing', () => {
    fc.assert(
      fc.property(score, worsening, (before, [seen]) => {
        const after = scoreAfter(before, seen);
        expect(Number.isInteger(after)).toBe(true);
        expect(after).toBeGreaterThanOrEqual(0);
        expect(after).toBeLessThanOrEqual(FULL_HEALTH);
      }),
    );
    let low = 0;
    let high = FULL_HEALTH;
    for (let step = 0; step < 300; step++) {
      low = scoreAfter(low, { kind: 'clean-return' });
      high = scoreAfter(high, { kind: 'failed' });
    }
    expect([low, high]).toEqual([FULL_HEALTH, 0]);
  });

  it('takes what is no number as the worst', () => {
    expect(scoreAfter(FULL_HEALTH, { kind: 'measured', health: Number.NaN })).toBe(FULL_HEALTH / 2);
    expect(scoreAfter(FULL_HEALTH, { kind: 'slow', tookMs: Number.NaN, limitMs: 5 })).toBeLessThan(
      FULL_HEALTH,
    );
  });
});

describe('the score of a pool', () => {
  it('is never raised when any of its signs gets worse', () => {
    fc.assert(
      fc.property(signs, signs, (a, b) => {
        const better: PoolSigns = {
          resourceHealth: Math.max(a.resourceHealth, b.resourceHealth),
          errorRate: Math.min(a.errorRate, b.errorRate),
          refusalRate: Math.min(a.refusalRate, b.refusalRate),
          pressure: Math.min(a.pressure, b.pressure),
        };
        for (const worse of [a, b]) {
          expect(poolScore(worse)).toBeLessThanOrEqual(poolScore(better));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is from 0 to 100, with the documented weights', () => {
    const well: PoolSigns = { resourceHealth: 100, errorRate: 0, refusalRate: 0, pressure: 0 };
    expect(poolScore(well)).toBe(100);
    expect(poolScore({ ...well, errorRate: 1 })).toBe(50);
    expect(poolScore({ ...well, refusalRate: 1 })).toBe(50);
    expect(poolScore({ ...well, pressure: 1 })).toBe(70);
    expect(poolScore({ resourceHealth: 50, errorRate: 1, refusalRate: 1, pressure: 1 })).toBe(8.75);
    expect(poolScore({ ...well, resourceHealth: -5 })).toBe(0);
    expect(poolScore({ ...well, resourceHealth: 500 })).toBe(100);
    fc.assert(
      fc.property(signs, (any) => {
        expect(poolScore(any)).toBeGreaterThanOrEqual(0);
        expect(poolScore(any)).toBeLessThanOrEqual(100);
      }),
    );
  });
});

describe('a share of failures', () => {
  it('rises with failures, falls with successes, and forgets', () => {
    const rate = new DecayedRate();
    expect(rate.value).toBe(0);
    rate.record('failed');
    expect(rate.value).toBe(1 / 16);
    for (let index = 0; index < 100; index++) rate.record('failed');
    expect(rate.value).toBeGreaterThan(0.99);
    for (let index = 0; index < 100; index++) rate.record('ok');
    expect(rate.value).toBeLessThan(0.01);
  });

  it('takes many successes at once as so many single ones', () => {
    const single = new DecayedRate();
    const many = new DecayedRate();
    for (const rate of [single, many])
      for (let index = 0; index < 9; index++) rate.record('failed');
    for (let index = 0; index < 20; index++) single.record('ok');
    many.recordOk(20);
    expect(many.value).toBeCloseTo(single.value, 12);
  });
});
