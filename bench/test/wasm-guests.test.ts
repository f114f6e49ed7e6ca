import { createWasmPool } from '@rockpool/wasm-adapter';
import { describe, expect, it } from 'vitest';
import { GUESTS } from '../src/wasm/guests.js';

describe.each(Object.entries(GUESTS))('the guest %s', (_name, make) => {
  it('answers the same with Rockpool and without', async () => {
    const guest = make();
    const original = await (await guest.original())();
    const program = await guest.load('metered');
    expect(program.isolationReport().recommended).toBe('snapshot');
    const pool = createWasmPool(program, { max: 1, onWarning: () => undefined });
    const expected = original.call(guest.input);
    expect(expected).toMatch(/\d/);
    for (let round = 0; round < 2; round += 1) {
      expect(await pool.use(guest.use)).toBe(expected);
    }
    await pool.close();
  }, 30_000);
});
