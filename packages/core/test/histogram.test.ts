import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../src/stats/histogram.js';

describe('the histogram', () => {
  it('tells count, sum, mean and maximum exactly', () => {
    const histogram = new Histogram();
    for (const ms of [1, 2, 3, 10]) histogram.record(ms);
    expect(histogram.snapshot()).toMatchObject({ count: 4, sumMs: 16, maxMs: 10, meanMs: 4 });
  });

  it('tells every quantile within 7 % of the exact value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 3_600_000, noNaN: true }), {
          minLength: 1,
          maxLength: 200,
        }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, q) => {
          const histogram = new Histogram();
          for (const ms of values) histogram.record(ms);
          const sorted = [...values].sort((a, b) => a - b);
          const exact = sorted[Math.ceil(q * values.length) - 1] as number;
          const told = histogram.snapshot().quantile(q);
          expect(Math.abs(told - exact) / exact).toBeLessThan(0.07);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never tells a higher quantile for a lower share', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e5, noNaN: true })), (values) => {
        const histogram = new Histogram();
        for (const ms of values) histogram.record(ms);
        const { quantile, maxMs } = histogram.snapshot();
        let last = 0;
        for (let q = 0; q <= 1; q += 0.05) {
          expect(quantile(q)).toBeGreaterThanOrEqual(last);
          last = quantile(q);
        }
        expect(quantile(1)).toBeLessThanOrEqual(maxMs);
      }),
    );
  });

  it('counts a weighted value so many times, and further zeros', () => {
    const histogram = new Histogram();
    histogram.record(8, 3);
    const stats = histogram.snapshot(1);
    expect(stats).toMatchObject({ count: 4, sumMs: 24, meanMs: 6 });
    expect(stats.quantile(0.25)).toBe(0);
    expect(stats.quantile(0.5)).toBeGreaterThan(7.4);
  });

  it('counts up to a limit: more for a higher one, all for the highest, within 7 % of the limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 1e5, noNaN: true })),
        fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 2 }),
        fc.nat(5),
        (values, limits, zeros) => {
          const histogram = new Histogram();
          for (const ms of values) histogram.record(ms);
          const { countUpTo, count } = histogram.snapshot(zeros);
          const counts = limits.toSorted((a, b) => a - b).map((limit) => countUpTo(limit));
          expect(counts).toEqual(counts.toSorted((a, b) => a - b));
          for (const limit of limits) {
            const within = (ms: number): number =>
              zeros + values.filter((value) => value <= ms).length;
            expect(countUpTo(limit)).toBeGreaterThanOrEqual(within(limit / 1.07 - 0.002));
            expect(countUpTo(limit)).toBeLessThanOrEqual(within(limit * 1.07 + 0.002));
          }
          expect(countUpTo(Number.POSITIVE_INFINITY)).toBe(count);
        },
      ),
    );
  });

  it('is empty at first, and a snapshot does not change any more', () => {
    const histogram = new Histogram();
    const empty = histogram.snapshot();
    histogram.record(5);
    expect(empty).toMatchObject({ count: 0, sumMs: 0, maxMs: 0, meanMs: 0 });
    expect(empty.quantile(0.99)).toBe(0);
    const full = histogram.snapshot();
    histogram.record(1_000);
    expect(full.quantile(1)).toBeLessThanOrEqual(5);
  });

  it('takes durations that are no durations as 0, and hours as hours', () => {
    const histogram = new Histogram();
    for (const ms of [-5, -0, Number.MIN_VALUE]) histogram.record(ms);
    expect(histogram.snapshot().quantile(1)).toBeLessThan(0.001);
    expect(histogram.snapshot().sumMs).toBeLessThan(0.001);
    histogram.record(24 * 3_600_000);
    expect(histogram.snapshot().maxMs).toBe(24 * 3_600_000);
    expect(histogram.snapshot().quantile(1)).toBeGreaterThan(3_600_000);
  });
});
