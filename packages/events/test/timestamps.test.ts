import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timestamps } from '../src/timestamps.js';

describe('timestamps', () => {
  it('are what Date writes, wherever the clock jumps', () => {
    const time = fc.oneof(
      fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 }),
      fc.double({ min: 1_700_000_000_000, max: 1_700_000_003_000, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(time), (times) => {
        let now = 0;
        const timestamps = new Timestamps(() => now);
        for (now of times) expect(timestamps.now()).toBe(new Date(Math.floor(now)).toISOString());
      }),
    );
  });
});
