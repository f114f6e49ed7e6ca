import { EventBus } from '@rockpool/events';
import { describe, expect, it } from 'vitest';
import { configure } from '../src/index.js';
import { articlePage } from './pages.js';
import { guarded } from './support/guarded.js';
import { coded, ScriptedPath } from './support/scripted-path.js';

describe('memory above its threshold', () => {
  it('is given back at the next look, and left alone below it', async () => {
    const configuration = configure({
      argument: {
        'wasm.memoryLimitBytes': 65_536,
        'memory.pressureThreshold': 0.8,
        'memory.gcIntervalMs': 1_000,
      },
    });
    const path = new ScriptedPath({ create: () => ({ memoryBytes: () => 60_000 }) });
    const { pool, clock } = guarded({ configuration, path });
    const read = (count: number) =>
      Promise.all(Array.from({ length: count }, () => pool.extract(articlePage)));
    await read(1);
    await clock.advance(1_000);
    // One of two: 60,000 of 131,072 bytes.
    expect([path.pool.size, pool.memoryStats().gcCount]).toEqual([1, 0]);
    const [first, second] = await Promise.all([pool.checkout(), pool.checkout()]);
    first.release();
    second.release();
    await clock.advance(1_000);
    expect([path.pool.size, pool.memoryStats().gcCount]).toEqual([0, 1]);
    expect(pool.memoryStats()).toMatchObject({ usedBytes: 0, peakBytes: 120_000 });
    await pool.close();
    expect(clock.pending).toBe(0);
  });
});

describe('the health of the pool', () => {
  it('is not watched when health checks are switched off', async () => {
    const configuration = configure({ env: { HEALTH_CHECK_ENABLED: 'false' } });
    const silent = guarded({ configuration });
    await silent.clock.advance(60_000);
    expect([silent.pool.monitor.running, silent.pool.monitor.history.length]).toEqual([false, 0]);
    const watched = guarded();
    await watched.clock.advance(60_000);
    // At once, and then every ten seconds.
    expect(watched.pool.monitor.history.length).toBe(7);
  });

  it('knows how long callers waited', async () => {
    const { pool, path } = guarded({ path: new ScriptedPath({ max: 1 }) });
    let answer: () => void = () => {};
    path.script = () =>
      new Promise((resolve) => {
        answer = () => resolve({ text: '' });
      });
    const first = pool.extract(articlePage);
    await expect.poll(() => path.pool.borrowed, { timeout: 20_000 }).toBe(1);
    const second = pool.extract(articlePage);
    await expect.poll(() => path.pool.pending, { timeout: 20_000 }).toBe(1);
    answer();
    await first;
    await expect.poll(() => path.pool.pending, { timeout: 20_000 }).toBe(0);
    answer();
    await second;
    const { avgWaitMs } = pool.healthStatus();
    expect(avgWaitMs).toBeGreaterThan(0);
    expect(avgWaitMs).toBeCloseTo(pool.metrics().waitMs / 2);
  });

  it('suffers from failures and fallbacks, and is told on the bus', async () => {
    const bus = new EventBus();
    const told: string[] = [];
    bus.on('health.*', ({ eventType, details }) => told.push(`${eventType} ${details}`));
    const path = new ScriptedPath();
    path.script = () => Promise.reject(coded('ERR_WASM_TRAP'));
    const { pool, clock } = guarded({ path, bus });
    for (let page = 0; page < 10; page++) await pool.extract(articlePage);
    expect(pool.healthStatus()).toMatchObject({ level: 'unhealthy', because: ['fallbackRate'] });
    await clock.advance(10_000);
    expect(told).toEqual(['health.healthy ', 'health.unhealthy fallbackRate']);
    await bus.close();
  });
});
