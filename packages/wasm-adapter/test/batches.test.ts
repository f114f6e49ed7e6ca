import { type Clock, systemClock } from '@rockpool/core';
import { ManualClock } from '@rockpool/core/testing';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { createWasmPool, WasmProgram, type WasmWorkerPool } from '../src/index.js';
import { RemoteGuest } from '../src/worker/remote-guest.js';
import { wat } from './support/wat.js';

/** Short calls, any of which can be told to go wrong. */
interface Guest {
  /** Counts its calls, then does what it is told: 0 nothing, 1 trap, 2 never end, 3 end the thread. */
  act(what: number): number;
  big(): bigint;
}

const text = `(module
  (import "host" "die" (func $die))
  (memory 1) (global $calls (mut i32) (i32.const 0))
  (func (export "act") (param i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
    (if (i32.eq (local.get 0) (i32.const 1)) (then unreachable))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (loop (br 0))))
    (if (i32.eq (local.get 0) (i32.const 3)) (then (call $die)))
    (i32.add (i32.mul (global.get $calls) (i32.const 10)) (i32.load (i32.const 64))))
  (func (export "big") (result i64) (i64.const 9007199254740993)))`;

const imports = {
  module:
    'data:text/javascript,export const host = () => ({ host: { die: () => process.exit(7) } })',
  export: 'host',
};
/** What a call says that found the guest clean. */
const clean = 11;
const nothing = 0;

const open: WasmWorkerPool<Guest>[] = [];
let batches: MockInstance<RemoteGuest['batch']>;

beforeEach(() => {
  batches = vi.spyOn(RemoteGuest.prototype, 'batch');
});
afterEach(async () => {
  batches.mockRestore();
  for (const pool of open.splice(0)) await pool.close();
});

async function warmPool(
  metering: 'metered' | 'unmetered',
  options: {
    max?: number;
    hardKillAfterMs?: number;
    deadlineMs?: number;
    slotBytes?: number;
    clock?: Clock;
  } = {},
): Promise<WasmWorkerPool<Guest>> {
  const { max = 1, hardKillAfterMs = 20_000, deadlineMs = 200, slotBytes = 1 << 16 } = options;
  const { clock = new ManualClock() } = options;
  const program = await WasmProgram.load<Guest>(wat(text), { metering, imports });
  const pool = createWasmPool(program, {
    execution: 'worker',
    max,
    spares: 1,
    slotBytes,
    deadline: { ms: deadlineMs, hardKillAfterMs },
    clock,
    onWarning: () => undefined,
  });
  open.push(pool);
  // The line learns that these calls are short: on a clock that stands still, all are.
  await Promise.all(Array.from({ length: 30 }, () => pool.call('act', nothing)));
  return pool;
}

/** Eighty calls at once, one of which is told to do something. */
async function crowd(pool: WasmWorkerPool<Guest>, what: number): Promise<unknown[]> {
  const calls = Array.from({ length: 80 }, (_, index) =>
    pool.call('act', index === 50 ? what : nothing),
  );
  const ended = await Promise.allSettled(calls);
  expect(batches).toHaveBeenCalled();
  return ended.map((each) =>
    each.status === 'fulfilled' ? each.value : (each.reason as { code: string }).code,
  );
}

const allClean = (odd: string): unknown[] =>
  Array.from({ length: 80 }, (_, index) => (index === 50 ? odd : clean));

describe('short calls that wait for one worker', { timeout: 40_000 }, () => {
  it('are sent together, and each of them finds the guest clean', async () => {
    const pool = await warmPool('metered');
    const { calls } = pool.wasmStats();
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () => pool.call('act', nothing)),
    );
    expect(new Set(answers)).toEqual(new Set([clean]));
    expect(pool.wasmStats().calls - calls).toBe(1_000);
    expect(Math.max(...batches.mock.calls.map(([calls]) => calls.length))).toBe(32);
    expect(batches.mock.calls.length).toBeLessThan(60);
    // Those taken along still had their places in the line, which they leave one after the other.
    await vi.waitFor(() => expect(pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 }));
  });

  it('do not suffer from one among them that traps', async () => {
    const pool = await warmPool('metered');
    expect(await crowd(pool, 1)).toEqual(allClean('ERR_WASM_TRAP'));
  });

  it('do not suffer from one among them that never ends', async () => {
    const pool = await warmPool('metered', { deadlineMs: 50 });
    expect(await crowd(pool, 2)).toEqual(allClean('ERR_WASM_DEADLINE'));
    expect(pool.wasmStats()).toMatchObject({ hardKills: 0, deadlineStops: 1 });
  });

  it('are answered, all but one, when their worker has to be ended', async () => {
    const pool = await warmPool('unmetered', { deadlineMs: 60_000, hardKillAfterMs: 300 });
    expect(await crowd(pool, 2)).toEqual(allClean('ERR_WASM_DEADLINE'));
    expect(pool.wasmStats()).toMatchObject({ hardKills: 1 });
  });

  it('are answered, all but one, when their worker crashes', async () => {
    const pool = await warmPool('metered', { max: 2 });
    expect(await crowd(pool, 3)).toEqual(allClean('ERR_WASM_WORKER'));
  });

  it('get answers that JSON cannot say, and fit into the smallest slot', async () => {
    const pool = await warmPool('metered', { slotBytes: 1_024 });
    await Promise.all(Array.from({ length: 50 }, () => pool.call('big')));
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        index % 2 === 0 ? pool.call('big') : pool.call('act', nothing),
      ),
    );
    expect(answers.filter((_, index) => index % 2 === 0)).toEqual(
      Array.from({ length: 100 }, () => 9_007_199_254_740_993n),
    );
    expect(answers.filter((_, index) => index % 2 === 1)).toEqual(
      Array.from({ length: 100 }, () => clean),
    );
  });

  it('travel alone where they are not that short', async () => {
    let time = 0;
    const clock: Clock = Object.create(systemClock, {
      now: {
        value: () => {
          time += 1; // whatever happens takes a millisecond
          return time;
        },
      },
    });
    const pool = await warmPool('metered', { clock });
    await Promise.all(Array.from({ length: 20 }, () => pool.call('act', nothing)));
    expect(batches).not.toHaveBeenCalled();
  });

  it('that are refused by the line say so, and those taken along are not', async () => {
    const program = await WasmProgram.load<Guest>(wat(text), { imports });
    const pool = createWasmPool(program, {
      execution: 'worker',
      max: 1,
      maxQueue: 5,
      spares: 0,
      onWarning: () => undefined,
    });
    open.push(pool);
    await pool.call('act', nothing);
    const ended = await Promise.allSettled(
      Array.from({ length: 12 }, () => pool.call('act', nothing)),
    );
    const codes = ended.map((each) =>
      each.status === 'fulfilled' ? each.value : (each.reason as { code: string }).code,
    );
    expect(codes).toEqual([...Array(6).fill(clean), ...Array(6).fill('ERR_POOL_QUEUE_FULL')]);
  });
});
