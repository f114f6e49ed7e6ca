import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createWasmPool } from '../src/index.js';
import { backends } from './support/backends.js';
import { toolbox } from './support/guests.js';

/** 1,000,000 with ROCKPOOL_SOAK_CALLS=1000000. */
const calls = Number(process.env['ROCKPOOL_SOAK_CALLS'] ?? 6_000);
const GiB = 2 ** 30;

/** Address space of this process in bytes, where the system says it. */
function addressSpace(): number {
  if (process.platform !== 'linux') return 0;
  const found = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(found?.[1] ?? 0) * 1_024;
}

describe.each(backends)('a long run of calls, stops and traps ($name)', ({ name }) => {
  it('keeps its memory, its address space and its instances', async () => {
    const pool = createWasmPool(await toolbox(), {
      max: 2,
      backend: name,
      fuel: 5_000,
      memory: { maxPages: 20 },
      onWarning: () => undefined,
    });
    const pauses: number[] = [];
    const burst = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        if (index % 500 === 0) await pool.call('spin').catch(() => undefined);
        else if (index % 97 === 0) await pool.call('trap').catch(() => undefined);
        else if (index % 53 === 0) await pool.call('hog');
        else expect(await pool.call('count')).toBe(1);
        if (index % 10 === 0) pauses.push(await pool.use(({ info }) => info.restoreMs));
      }
    };
    await burst(calls / 4);
    const rss = process.memoryUsage().rss;
    const reserved = addressSpace();
    pauses.length = 0;
    await burst(calls);
    expect(pool.wasmStats()).toMatchObject({ instantiations: 1, lost: 0, peakPages: 20 });
    expect(process.memoryUsage().rss).toBeLessThan(rss * 1.2 + 20_000_000);
    expect(addressSpace()).toBeLessThan(reserved + GiB);
    const sorted = pauses.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
    // The middle is the work of a restore; the ends belong to whatever else the machine does.
    expect(at(0.5)).toBeLessThan(1);
    if (calls >= 1_000_000) {
      const shown = [0.5, 0.99, 0.999].map((share) => `${(at(share) * 1_000).toFixed(0)} us`);
      console.log(
        `${calls} calls, ${name}: restore p50, p99, p99.9 ${shown.join(', ')}; RSS ${rss} -> ${process.memoryUsage().rss}; address space ${(reserved / GiB).toFixed(1)} -> ${(addressSpace() / GiB).toFixed(1)} GiB`,
      );
    }
    await pool.close();
  }, 900_000);
});
