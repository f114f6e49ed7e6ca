import { crossingOf, FEWEST_POINTS, type Point } from '@rockpool/core/health';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const LIMITS = [0.75, 0.85, 0.95];
const line = (count: number, valueAt: (index: number) => number): Point[] =>
  Array.from({ length: count }, (_, index) => ({ at: index * 1_000, value: valueAt(index) }));

describe('a forecast', () => {
  it('says when a steady rise reaches the next limit', () => {
    const crossing = crossingOf(
      line(10, (index) => 0.5 + 0.02 * index),
      LIMITS,
    );
    // At 0.68 after 9 s, at 0.02 a second.
    expect(crossing?.limit).toBe(0.75);
    expect(crossing?.inMs).toBeCloseTo(3_500, 5);
  });

  it('looks past limits that are reached already, to the next of them', () => {
    const rise = line(10, (index) => 0.7 + 0.01 * index);
    expect(crossingOf(rise, LIMITS)?.limit).toBe(0.85);
    expect(crossingOf(rise, [0.5, 0.6])).toBeUndefined();
  });

  it('is silent about a value that stands still, falls, or has too few points', () => {
    expect(crossingOf([], LIMITS)).toBeUndefined();
    const still = line(10, () => 0.7);
    expect(crossingOf(still, LIMITS)).toBeUndefined();
    const fall = line(10, (index) => 0.7 - 0.01 * index);
    expect(crossingOf(fall, LIMITS)).toBeUndefined();
    const few = line(FEWEST_POINTS - 1, (index) => 0.5 + 0.05 * index);
    expect(crossingOf(few, LIMITS)).toBeUndefined();
  });

  it('is silent about what goes up and down', () => {
    const zigzag = line(20, (index) => 0.6 + (index % 2 === 0 ? 0.1 : 0));
    expect(crossingOf(zigzag, LIMITS)).toBeUndefined();
  });

  it('is silent about what is too far off', () => {
    const slow = line(10, (index) => 0.5 + 0.001 * index);
    expect(crossingOf(slow, LIMITS)).toBeUndefined();
  });

  it('tells no moment in the past', () => {
    // The newest point lies far below the line of the others, which has crossed already.
    const late = [...line(10, (index) => 0.66 + 0.012 * index), { at: 10_000, value: 0.7 }];
    expect(crossingOf(late, LIMITS)?.inMs).toBe(0);
  });

  it('is not moved by one outlier in ten, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 18 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (where, value) => {
          const rise = line(20, (index) => 0.3 + 0.01 * index);
          const points = rise.map((point, index) =>
            index === where ? { ...point, value } : point,
          );
          const crossing = crossingOf(points, [0.75]);
          // Without the outlier: at 0.49 after 19 s, at 0.01 a second.
          expect(crossing?.inMs).toBeGreaterThan(22_000);
          expect(crossing?.inMs).toBeLessThan(30_000);
        },
      ),
    );
  });

  it('is exact for any line that rises and is not too far off', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: FEWEST_POINTS, max: 20 }),
        fc.double({ min: 0.001, max: 10, noNaN: true }),
        fc.double({ min: 0.01, max: 3.9, noNaN: true }),
        (count, slope, ahead) => {
          const rise = line(count, (index) => slope * index);
          const span = count - 1;
          const limit = slope * span * (1 + ahead);
          const crossing = crossingOf(rise, [limit]);
          expect(crossing?.inMs).toBeCloseTo(ahead * span * 1_000, 3);
        },
      ),
    );
  });
});
