import { PoolHealthMonitor, summaryOf } from '@rockpool/core/health';
import { ManualClock, settle } from '@rockpool/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { resolveMonitorOptions } from '../../src/health/options.js';
import { NOTHING, watched } from '../support/health.js';

describe('a monitor', () => {
  it('tells with each change the level before, the level now and the whole status', () => {
    const { monitor, set } = watched();
    const changes: unknown[] = [];
    monitor.onChange((change) => changes.push(change));
    const first = monitor.check();
    set({ hardTimeouts: 11, failures: 11 });
    const second = monitor.check();
    expect(changes).toEqual([
      { from: undefined, to: 'healthy', status: first },
      { from: 'healthy', to: 'critical', status: second },
    ]);
    expect(second.signs).toMatchObject({ hardTimeouts: 11, successRate: 0 });
  });

  it('is heard no more on checks and remedies after listeners were taken back', () => {
    const { monitor, set } = watched();
    let heard = 0;
    const ends = [monitor.onCheck(() => heard++), monitor.onRemedy(() => heard++)];
    set({ memoryBytes: 950 });
    monitor.check();
    expect(heard).toBe(2);
    for (const end of ends) end();
    monitor.check();
    expect(heard).toBe(2);
  });

  it('tells the mean wait in its window, and none where nobody waited', () => {
    const { monitor, set, clock } = watched();
    set({ waitMs: 0, waits: 0, processingMs: 50 });
    expect(monitor.currentHealth()).toMatchObject({ avgWaitMs: 0, signs: { processingMs: 0 } });
    clock.jump(10);
    set({ waitMs: 30, waits: 4, successes: 4, failures: 1, fallbacks: 1 });
    expect(monitor.check()).toMatchObject({
      avgWaitMs: 7.5,
      totalCalls: 5,
      signs: { processingMs: 10, fallbackRate: 0.2, successRate: 0.8 },
    });
  });

  it('has a history of its own that nobody else can change', () => {
    const { monitor } = watched();
    monitor.check();
    (monitor.history as unknown[]).length = 0;
    expect(monitor.history.length).toBe(1);
  });

  it('forecasts from the last twenty looks, nearest first', async () => {
    const { monitor, set, clock } = watched({ intervalMs: 1_000, waitLimitsMs: [50] });
    monitor.start();
    // Thirty looks without any change, then nineteen that rise: together with the present they are all that counts.
    await clock.advance(30_000);
    for (let step = 1; step <= 19; step++) {
      set({ utilization: 0.03 * step, memoryBytes: 24 * step });
      await clock.advance(1_000);
    }
    const [first, second] = monitor.last?.forecast ?? [];
    expect(first).toMatchObject({ sign: 'memory', limit: 0.5 });
    expect(first?.inMs).toBeCloseTo(44 / 24e-3, 0);
    expect(second).toMatchObject({ sign: 'utilization', limit: 0.75 });
    expect(second?.inMs).toBeCloseTo(6_000, 0);
    monitor.stop();
  });

  it('has a timer that holds no process', () => {
    let unreferenced = 0;
    const clock = {
      now: () => 0,
      setTimeout: () => ({ unref: () => unreferenced++ }),
      clearTimeout: () => {},
    };
    const monitor = new PoolHealthMonitor(
      { name: 'p', read: () => NOTHING },
      { clock: clock as never },
    );
    monitor.start();
    expect([monitor.running, unreferenced]).toEqual([true, 1]);
    monitor.stop();
    expect(monitor.running).toBe(false);
  });

  it('warns once for each kind of fault, and a remedy that throws is one', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const clock = new ManualClock();
    let down = false;
    const monitor = new PoolHealthMonitor(
      {
        name: 'pages',
        read: () => {
          if (down) throw new Error('no reading');
          return { ...NOTHING, memoryBytes: 990 };
        },
        remedy: () => {
          throw new Error('no remedy');
        },
      },
      { clock, intervalMs: 1_000 },
    );
    monitor.start();
    await clock.advance(2_000);
    down = true;
    await clock.advance(2_000);
    monitor.stop();
    expect(warn.mock.calls).toEqual([
      ['pages: its health monitor met an error (remedy): no remedy', { code: 'ROCKPOOL_HEALTH' }],
      ['pages: its health monitor met an error (read): no reading', { code: 'ROCKPOOL_HEALTH' }],
    ]);
    warn.mockRestore();
  });

  it('carries out a remedy that answers later, and tells what came of it', async () => {
    const reports: unknown[] = [];
    const monitor = new PoolHealthMonitor(
      {
        name: 'pages',
        read: () => ({ ...NOTHING, memoryBytes: 600 }),
        remedy: () => Promise.resolve(3),
      },
      { clock: new ManualClock() },
    );
    monitor.onRemedy((report) => reports.push(report));
    monitor.check();
    await settle();
    expect(reports).toEqual([{ remedy: 'clean-up', ended: 3 }]);
  });

  it('only watches a source that has no remedies', () => {
    const monitor = new PoolHealthMonitor(
      { name: 'pages', read: () => ({ ...NOTHING, memoryBytes: 990 }) },
      {
        clock: new ManualClock(),
        onError: (error) => {
          throw error;
        },
      },
    );
    expect(monitor.check().level).toBe('critical');
  });

  it('knows no share of a memory without a limit, and tells the time of day', () => {
    const { monitor, set } = watched({ timeOfDay: () => Date.UTC(2026, 0, 2, 3, 4, 5) });
    set({ memoryBytes: 5, memoryLimitBytes: undefined });
    expect(monitor.check()).toMatchObject({
      memory: { usedBytes: 5, limitBytes: undefined, share: 0, pressure: 'low' },
      lastCheck: '2026-01-02T03:04:05.000Z',
    });
  });

  it('rounds percentages to hundredths', () => {
    const { monitor, set } = watched();
    set({ successes: 2, failures: 1, fallbacks: 1, utilization: 1 / 3 });
    expect(summaryOf(monitor.check())).toMatchObject({
      utilization_percent: 33.33,
      success_rate_percent: 66.67,
      fallback_rate_percent: 33.33,
      total_extractions: 3,
    });
  });
});

describe('the options of a monitor', () => {
  it('have defaults', () => {
    const { clock, timeOfDay, ...options } = resolveMonitorOptions({});
    expect(clock.now()).toBeGreaterThan(0);
    expect(Math.abs(timeOfDay() - Date.now())).toBeLessThan(60_000);
    expect(options).toEqual({
      intervalMs: 30_000,
      windowMs: 300_000,
      waitLimitsMs: [100, 1_000, 5_000],
      remedies: 'apply',
      onError: undefined,
    });
  });

  it.each([
    [{ intervalMs: 'often' }, 'intervalMs', 'must be milliseconds: a number above 0'],
    [{ windowMs: 0 }, 'windowMs', 'must be above 0'],
    [{ waitLimitsMs: [0] }, 'waitLimitsMs', 'must be above 0'],
    [{ remedies: 'all' }, 'remedies', 'must be apply or none'],
    [{ onError: 'log' }, 'onError', 'must be a function'],
    [{ timeOfDay: 5 }, 'timeOfDay', 'must be a function'],
    [{ clock: null }, 'clock', 'must be a clock: an object with now(), setTimeout(fn, ms) and'],
    [{ clock: { now: () => 5 } }, 'clock', 'must be a clock'],
  ])('are refused by name: %j', (options, path, message) => {
    const refused = (): unknown => resolveMonitorOptions(options as never);
    expect(refused).toThrow('PoolHealthMonitor options');
    expect(refused).toThrow(path);
    expect(refused).toThrow(message);
  });
});
