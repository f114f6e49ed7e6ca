import { onTestFinished } from 'vitest';
import {
  LmdbStore,
  MetashrewRuntime,
  type RuntimeOptions,
  ViewPool,
  type ViewPoolConfig,
} from '../../src/index.js';
import { writing } from './chain.js';
import { temporaryFolder } from './folders.js';
import { type GuestName, guestBytes } from './guests.js';
import { workerUrl } from './worker-bundle.js';

/** A runtime on disk with `blocks` blocks; the block `h` sets `a` to `a<h>`. */
export async function indexedRuntime(
  blocks: number,
  guest: GuestName = 'indexer',
  options: RuntimeOptions = {},
): Promise<MetashrewRuntime> {
  const store = new LmdbStore(temporaryFolder());
  onTestFinished(() => store.close());
  const runtime = await MetashrewRuntime.new(await guestBytes(guest), { store, ...options });
  for (let height = 0; height < blocks; height++) {
    await runtime.run(writing(height, { a: `a${height}` }));
  }
  return runtime;
}

export async function poolOn(
  runtime: MetashrewRuntime,
  config?: ViewPoolConfig,
): Promise<ViewPool> {
  const pool = await ViewPool.create(runtime, { workerUrl: await workerUrl(), ...config });
  onTestFinished(() => pool.close());
  return pool;
}
