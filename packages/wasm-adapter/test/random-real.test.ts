import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WasmInstance } from '../src/index.js';
import { WasmError } from '../src/index.js';
import { backends } from './support/backends.js';
import { instanceOf } from './support/guest.js';
import { realGuests, type TextApi } from './support/real-guests.js';

const runs = Number(process.env['ROCKPOOL_RANDOM_RUNS'] ?? 12);

/** What a call gave, in a form that can be compared; a stop, a trap and a refusal too. */
const outcome = (instance: WasmInstance<TextApi>, input: string, fuel: number): string => {
  try {
    return instance.run((api) => api.call(input), { fuel });
  } catch (error) {
    return WasmError.is(error) ? error.code : `threw ${String(error)}`;
  }
};

describe.each(realGuests)('$name', ({ load, inputs }) => {
  /** A call that ends, or is stopped somewhere on its way: by less fuel than it burns. */
  const anyCall = fc.record({
    input: fc.constantFrom(...inputs),
    fuel: fc.oneof(
      { weight: 2, arbitrary: fc.constant(500_000_000) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 200_000 }) },
    ),
  });
  const anyLoans = fc.array(fc.array(anyCall, { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 4,
  });

  it.each(backends)(
    'restored by $name, any loans give what fresh instances give, stops included',
    async (backend) => {
      const program = await load();
      const { instance, counters } = await instanceOf(program, { check: 'paranoid' }, backend);
      await fc.assert(
        fc.asyncProperty(anyLoans, async (loans) => {
          for (const calls of loans) {
            const { instance: fresh } = await instanceOf(program, { isolation: 'fresh' });
            for (const { input, fuel } of calls) {
              expect(outcome(instance, input, fuel)).toBe(outcome(fresh, input, fuel));
            }
            fresh.destroy();
            expect(instance.reset()).toBe(true);
            instance.onAcquire();
          }
        }),
        { numRuns: runs },
      );
      expect(counters.lost).toBe(0);
      instance.destroy();
    },
    120_000,
  );
});
