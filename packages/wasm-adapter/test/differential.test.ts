import { describe, expect, it } from 'vitest';
import type { WasmInstance } from '../src/index.js';
import { WasmError } from '../src/index.js';
import { backends } from './support/backends.js';
import { instanceOf } from './support/guest.js';
import type { TextApi } from './support/real-guests.js';
import { originalGuest, realGuests } from './support/real-guests.js';

/** How many points of a call are tried. */
const steps = Number(process.env['ROCKPOOL_STOP_POINTS'] ?? 5);

/** What a call gave, in a form that can be compared. */
const outcome = (call: () => string): string => {
  try {
    return call();
  } catch (error) {
    return WasmError.is(error) ? error.code : `threw ${String(error)}`;
  }
};

/** Ends a loan and puts the instance back at once, as the next loan would. */
const giveBack = (instance: WasmInstance<TextApi>): void => {
  expect(instance.reset()).toBe(true);
  instance.onAcquire();
};

describe.each(realGuests)('$name', (guest) => {
  const { load, inputs } = guest;

  it.each(backends)(
    'answers from a $name snapshot as a fresh original does',
    async (backend) => {
      const program = await load();
      expect(program.isolationReport()).toMatchObject({ recommended: 'snapshot', reasons: [] });
      const { instance } = await instanceOf(program, { check: 'paranoid' }, backend);
      const fresh = new Map<string, string>();
      for (const input of inputs) {
        const original = await originalGuest(guest);
        fresh.set(
          input,
          outcome(() => original.call(input)),
        );
      }
      for (let round = 0; round < 3; round += 1) {
        for (const input of round % 2 === 0 ? inputs : inputs.toReversed()) {
          expect(outcome(() => instance.call('call', input))).toBe(fresh.get(input));
          giveBack(instance);
        }
      }
      instance.destroy();
    },
    30_000,
  );

  it('keeps its state, as the original does, when it is stateful', async () => {
    const { instance } = await instanceOf(await load(), { isolation: 'stateful' });
    const original = await originalGuest(guest);
    for (const input of [...inputs, ...inputs]) {
      expect(outcome(() => instance.call('call', input))).toBe(outcome(() => original.call(input)));
    }
  }, 30_000);

  it.each(backends)(
    'is healed by the $name backend after a stop at any point',
    async (backend) => {
      const program = await load();
      const input = inputs[1] as string;
      const { instance, counters } = await instanceOf(program, { check: 'paranoid' }, backend);
      const expected = instance.call('call', input);
      const { fuelUsed } = instance.info;
      giveBack(instance);
      for (let step = 0; step < steps; step += 1) {
        const fuel = 1 + Math.floor((fuelUsed * step) / steps);
        expect(() => instance.run((api) => api.call(input), { fuel })).toThrow(
          expect.objectContaining({ code: 'ERR_WASM_FUEL' }),
        );
        expect(() => instance.call('call', input)).toThrow(
          expect.objectContaining({ code: 'ERR_WASM_POISONED' }),
        );
        giveBack(instance);
        expect(instance.call('call', input)).toBe(expected);
        expect(instance.info.fuelUsed).toBe(fuelUsed);
        giveBack(instance);
      }
      expect(counters).toMatchObject({ fuelStops: steps, heals: steps, lost: 0 });
      instance.destroy();
    },
    30_000,
  );
});
