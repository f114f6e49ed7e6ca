import { createPool } from '@rockpool/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventBus, MemoryPressure, type PressureLevel } from '../src/index.js';

const LEVELS: PressureLevel[] = ['low', 'medium', 'high', 'critical'];

function bench(options: object = {}) {
  const bus = new EventBus();
  const told: string[] = [];
  bus.on('memoryPressure', ({ from, level, severity }) =>
    told.push(`${from} to ${level}, ${severity}`),
  );
  const pressure = new MemoryPressure(bus, { poolId: 'p', limitBytes: 1_000, ...options });
  return { bus, pressure, told };
}

describe('memory pressure', () => {
  it('is told when its level changes, and only then', () => {
    const { pressure, told } = bench();
    for (const used of [0, 499, 500, 510, 760, 1_200, 899, 849, 701, 699, 450, 449, 0])
      pressure.record(used);
    expect(told).toEqual([
      'low to medium, info',
      'medium to high, warn',
      'high to critical, error',
      'critical to high, warn',
      'high to medium, info',
      'medium to low, info',
    ]);
  });

  it('does not flap around a threshold: it falls only below threshold minus hysteresis', () => {
    const { pressure, told } = bench();
    for (let n = 0; n < 100; n++) pressure.record(n % 2 === 0 ? 760 : 740);
    expect(told).toEqual(['low to high, warn']);
    pressure.record(699);
    expect(pressure.level).toBe('medium');
  });

  it('with hysteresis 0 it falls where it rose', () => {
    const { pressure } = bench({ hysteresis: 0 });
    expect([750, 749, 750].map((used) => pressure.record(used))).toEqual([
      'high',
      'medium',
      'high',
    ]);
  });

  it('never shows a level below that of what is used, nor one above it by more than hysteresis', () => {
    const level = (share: number): number =>
      share >= 0.9 ? 3 : share >= 0.75 ? 2 : share >= 0.5 ? 1 : 0;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_100 })), (uses) => {
        const { pressure } = bench();
        for (const used of uses) {
          const shown = LEVELS.indexOf(pressure.record(used));
          expect(shown).toBeGreaterThanOrEqual(level(used / 1_000));
          expect(shown).toBeLessThanOrEqual(level(used / 1_000 + 0.05));
        }
      }),
    );
  });

  it('refuses thresholds that make no sense', () => {
    expect(() => bench({ high: 0.4 })).toThrow('medium must be below high');
    expect(() => bench({ limitBytes: 0 })).toThrow('limitBytes: must be more than 0');
    expect(() => bench({ critical: 90 })).toThrow('critical');
    expect(() => bench({ limitByte: 5 })).toThrow('did you mean limitBytes?');
  });
});

describe('an observed pool whose resources tell what they use', () => {
  it('tells each change of its level, with the severity of the level, also to those who want only the worst', async () => {
    const pool = createPool(
      { create: () => ({ bytes: 0 }), memoryBytes: ({ bytes }) => bytes },
      { name: 'guests', max: 1, min: 1, poolMemoryLimitBytes: 1_000 },
    );
    const bus = new EventBus();
    bus.observe(pool);
    const told: string[] = [];
    const worst: number[] = [];
    bus.on('memoryPressure', (event) =>
      told.push(`${event.poolId}: ${event.from} to ${event.level}, ${event.severity}`),
    );
    bus.on('memoryPressure', ({ usedBytes }) => worst.push(usedBytes), { minSeverity: 'error' });
    const lease = await pool.acquire();
    for (const bytes of [600, 950, 960, 100]) {
      lease.resource.bytes = bytes;
      pool.memory.measure();
    }
    expect(told).toEqual([
      'guests: low to medium, info',
      'guests: medium to critical, error',
      'guests: critical to low, info',
    ]);
    expect(worst).toEqual([950]);
    lease.release();
    await pool.close();
    await bus.close();
  });
});
