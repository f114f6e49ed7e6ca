import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createWasmPool, WasmProgram } from '../src/index.js';
import { wat } from './support/wat.js';

/** 200 with ROCKPOOL_KILLS=200; each kill starts a thread, which takes a second from sources on a busy machine. */
const kills = Number(process.env['ROCKPOOL_KILLS'] ?? 3);

const threads = (): number =>
  process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;

it('leaves no thread and little memory behind when workers are ended', async () => {
  const program = await WasmProgram.load<{ spin(): void; one(): number }>(
    wat(
      '(module (memory 4) (func (export "spin") (loop (br 0))) (func (export "one") (result i32) (i32.const 1)))',
    ),
    { metering: 'unmetered' },
  );
  const pool = createWasmPool(program, {
    execution: 'worker',
    max: 1,
    spares: 1,
    deadline: { ms: 600_000, hardKillAfterMs: 100 },
    onWarning: () => undefined,
  });
  const kill = async (): Promise<void> => {
    expect(await pool.call('one')).toBe(1);
    await expect(pool.call('spin')).rejects.toMatchObject({ code: 'ERR_WASM_DEADLINE' });
  };
  await kill();
  await kill();
  const before = { threads: threads(), rss: process.memoryUsage().rss };
  for (let count = 0; count < kills; count += 1) await kill();
  expect(await pool.call('one')).toBe(1);
  expect(pool.wasmStats().hardKills).toBe(kills + 2);
  // One worker in the pool, one spare, and perhaps one more that is just starting or ending.
  expect(threads()).toBeLessThanOrEqual(before.threads + 2);
  expect(process.memoryUsage().rss).toBeLessThan(before.rss * 1.1 + 60_000_000);
  await pool.close();
}, 600_000);
