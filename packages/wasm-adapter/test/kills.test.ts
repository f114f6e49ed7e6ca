import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, vi } from 'vitest';
import { createWasmPool, WasmProgram } from '../src/index.js';
import { wat } from './support/wat.js';

/** Each kill takes some 40 ms; all 200 of them with ROCKPOOL_KILLS=200. */
const kills = Number(process.env['ROCKPOOL_KILLS'] ?? 40);

const threads = (): number =>
  process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

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
    deadline: { ms: 600_000, hardKillAfterMs: 10 },
    onWarning: () => undefined,
  });
  const kill = async (): Promise<void> => {
    await expect(pool.call('spin')).rejects.toMatchObject({
      code: 'ERR_WASM_DEADLINE',
      stopped: 'worker',
    });
  };
  /** One worker in the pool, one spare; what is just starting or ending has settled. */
  const quiet = async (): Promise<number> => {
    await vi.waitFor(() => expect(pool.wasmStats()).toMatchObject({ spares: 1 }), 10_000);
    collect();
    return process.memoryUsage().rss;
  };
  // What V8 keeps for itself has its size after some rounds.
  for (let count = 0; count < 10; count += 1) await kill();
  const rss = await quiet();
  const before = threads();
  for (let count = 0; count < kills; count += 1) await kill();
  expect(pool.wasmStats().hardKills).toBe(kills + 10);
  const grown = (await quiet()) / rss;
  await vi.waitFor(() => expect(threads()).toBeLessThanOrEqual(before), 10_000);
  expect(grown).toBeLessThan(1.1);
  // On a machine that is busy with other things even this call may be too slow for the hard limit.
  await vi.waitFor(async () => expect(await pool.call('one')).toBe(1), 10_000);
  if (kills >= 200)
    console.log(`${kills} kills: threads ${before} -> ${threads()}, RSS x ${grown.toFixed(3)}`);
  await pool.close();
}, 600_000);
