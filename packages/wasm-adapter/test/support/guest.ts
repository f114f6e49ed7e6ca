import type { GuestApi, WasmInstanceOptions, WasmProgram } from '../../src/index.js';
import { newCounters, type WasmCounters } from '../../src/instance/counters.js';
import { WasmInstance } from '../../src/instance/instance.js';
import type { ResolvedInstanceOptions } from '../../src/instance/options.js';
import { parseInstanceOptions } from '../../src/instance/options.js';
import { portableBackend } from '../../src/snapshot/portable.js';
import type { SnapshotBackend } from '../../src/snapshot/snapshot.js';

/** One instance outside any pool, with its counters. */
export async function instanceOf<Api extends GuestApi>(
  program: WasmProgram<Api>,
  options: WasmInstanceOptions<Api> = {},
  backend: SnapshotBackend = portableBackend,
): Promise<{ instance: WasmInstance<Api>; counters: WasmCounters }> {
  const counters = newCounters();
  const resolved: ResolvedInstanceOptions<Api> = parseInstanceOptions('test', options);
  const isolation = resolved.isolation ?? program.isolationReport().recommended;
  const instance = await WasmInstance.create({
    program,
    options: resolved,
    isolation,
    backend,
    counters,
  });
  return { instance, counters };
}
