import { describe, expect, it, vi } from 'vitest';
import { Announcer } from '../../src/stats/announcer.js';
import { Histogram } from '../../src/stats/histogram.js';

describe('a histogram', () => {
  it('weighs what stands for several', () => {
    const histogram = new Histogram();
    histogram.record(10, 3);
    histogram.record(40);
    const { count, sumMs, maxMs, meanMs, quantile, countUpTo } = histogram.snapshot();
    expect({ count, sumMs, maxMs, meanMs }).toEqual({
      count: 4,
      sumMs: 70,
      maxMs: 40,
      meanMs: 17.5,
    });
    expect(quantile(0.75)).toBeGreaterThan(9);
    expect(quantile(0.75)).toBeLessThan(11);
    expect(quantile(0.76)).toBeCloseTo(40, 0);
    expect([0, 9, 11, 39, 40, 41].map(countUpTo)).toEqual([0, 0, 3, 3, 4, 4]);
  });

  it('gives snapshots that stay as they are', () => {
    const histogram = new Histogram();
    histogram.record(10);
    const { quantile, countUpTo, count } = histogram.snapshot();
    for (let more = 0; more < 20; more++) histogram.record(1);
    expect(count).toBe(1);
    expect(quantile(0.5)).toBeGreaterThan(9);
    expect(countUpTo(5)).toBe(0);
  });

  it('counts further zeros in', () => {
    const histogram = new Histogram();
    expect(histogram.snapshot(4)).toMatchObject({ count: 4, sumMs: 0, maxMs: 0, meanMs: 0 });
    expect(histogram.snapshot(4).countUpTo(0)).toBe(4);
    expect(histogram.snapshot(4).quantile(1)).toBe(0);
    histogram.record(10);
    const { quantile, countUpTo, meanMs } = histogram.snapshot(3);
    expect(meanMs).toBe(2.5);
    expect([0, 0.5, 0.75].map(quantile)).toEqual([0, 0, 0]);
    expect(quantile(0.76)).toBeGreaterThan(9);
    expect([-1, 0, 5, 10].map(countUpTo)).toEqual([0, 3, 3, 4]);
  });

  it('is exact below 16 µs, and within a thirty-second of the value above', () => {
    for (let us = 0; us < 16; us++) {
      const histogram = new Histogram();
      histogram.record(us / 1_000 + 1e-9);
      histogram.record(1_000);
      expect(histogram.snapshot().quantile(0.5)).toBe(us / 1_000);
    }
    for (let ms = 0.016; ms < 4e6; ms *= 1.01) {
      const histogram = new Histogram();
      histogram.record(ms);
      histogram.record(5e6);
      const middle = histogram.snapshot().quantile(0.5);
      if (ms < 4.2e6) expect(Math.abs(middle / ms - 1)).toBeLessThan(1 / 16);
    }
  });
});

describe('the events of a pool', () => {
  it('are heard by those who listen, and it is told when that begins and when it ends', () => {
    let changes = 0;
    const announcer = new Announcer<object>(
      () => {},
      () => {
        changes++;
      },
    );
    const heard: unknown[] = [];
    const ear = (event: unknown): void => {
      heard.push(event);
    };
    const other = (): void => {};
    expect(Object.values(announcer.heard).some(Boolean)).toBe(false);
    const stop = announcer.on('resize', ear);
    announcer.on('resize', other);
    expect([announcer.heard.resize, announcer.heard.state, changes]).toEqual([true, false, 1]);
    announcer.emit('resize', { min: 1, max: 2 });
    stop();
    expect([announcer.heard.resize, changes]).toEqual([true, 1]);
    announcer.off('resize', other);
    expect([announcer.heard.resize, changes]).toEqual([false, 2]);
    announcer.emit('resize', { min: 3, max: 4 });
    expect(heard).toEqual([{ min: 1, max: 2 }]);
  });

  it('go on to the next when a listener throws, who is told apart by the name', () => {
    const onError = vi.fn();
    const announcer = new Announcer<object>(onError, () => {});
    const error = new Error('bad ear');
    let heard = 0;
    announcer.on('warn', () => {
      throw error;
    });
    announcer.on('warn', () => {
      heard++;
    });
    announcer.emit('warn', { code: 'C', message: 'm' });
    expect(onError.mock.calls).toEqual([[error, 'warn']]);
    expect(heard).toBe(1);
  });

  it('have no other names', () => {
    const announcer = new Announcer<object>(
      () => {},
      () => {},
    );
    for (const name of ['explode', 'toString', 'hasOwnProperty']) {
      expect(() => announcer.on(name as never, () => {})).toThrow(
        `a pool has no event '${name}'; it has create, createError`,
      );
    }
  });
});
