import { beforeAll, describe, expect, it } from 'vitest';
import { MetashrewRuntime, MetashrewRuntimeAdapter } from '../src/index.js';
import { bytes, text } from './support/bytes.js';
import { nothing, u32, writing } from './support/chain.js';
import { temporaryFolder } from './support/folders.js';
import { guestBytes, guestPath } from './support/guests.js';
import { indexedRuntime } from './support/pools.js';
import { RecordingLogger } from './support/recording-logger.js';
import { exitOf, startSource } from './support/source-process.js';
import { workerUrl } from './support/worker-bundle.js';

const codeOf = (code: string) => expect.objectContaining({ code });

beforeAll(async () => void (await guestPath('indexer')), 120_000);

describe('an adapter', { timeout: 60_000 }, () => {
  it('answers alike with and without a pool', async () => {
    const runtime = await indexedRuntime(2);
    const adapter = new MetashrewRuntimeAdapter(runtime);
    const answers = async () => [
      text(await adapter.view('getvalue', bytes('a'), 1)),
      text(await adapter.preview(writing(2, { a: 'p' }).bytes, 'getvalue', bytes('a'), 1)),
      await adapter.view('boom', nothing, 1).catch(({ code, message }) => [code, message]),
    ];
    expect(adapter.getViewPoolStats()).toBeUndefined();
    const direct = await answers();
    expect(await adapter.initializeViewPool({ poolSize: 1, workerUrl: await workerUrl() })).toBe(
      'pool',
    );
    expect(await answers()).toEqual(direct);
    expect(adapter.getViewPoolStats()?.totalRequestsProcessed).toBe(2);
    await adapter.close();
    expect(await answers()).toEqual(direct);
  });

  it('goes on directly, with a warning, when a pool cannot be had', async () => {
    const logger = new RecordingLogger();
    const runtime = await MetashrewRuntime.new(await guestBytes('indexer'));
    const adapter = new MetashrewRuntimeAdapter(runtime, { logger });
    expect(await adapter.initializeViewPool({ poolSize: 1, workerUrl: await workerUrl() })).toBe(
      'direct',
    );
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn Failed to initialize view pool, views run directly: /),
    ]);
    expect(text(await adapter.view('tiny', nothing, 0))).toBe('ok');
    const strict = new MetashrewRuntimeAdapter(runtime, { onInitFailure: 'throw' });
    await expect(strict.initializeViewPool()).rejects.toThrow(codeOf('ERR_VIEW_POOL_INIT'));
  });

  it('loses no view when the pool is made anew under load', async () => {
    const adapter = new MetashrewRuntimeAdapter(await indexedRuntime(1));
    await adapter.initializeViewPool({ poolSize: 1, workerUrl: await workerUrl() });
    const load = Array.from({ length: 20 }, () => adapter.view('slow', u32(300), 0));
    await adapter.initializeViewPool({ poolSize: 2, workerUrl: await workerUrl() });
    expect(await Promise.all(load)).toHaveLength(20);
    expect(adapter.getViewPoolStats()?.poolSize).toBe(2);
    await adapter.close();
  });

  it('runs a view directly when its pool was closed, never when the guest failed', async () => {
    const logger = new RecordingLogger();
    const adapter = new MetashrewRuntimeAdapter(await indexedRuntime(1), { logger });
    await adapter.initializeViewPool({ poolSize: 1, workerUrl: await workerUrl() });
    await expect(adapter.view('boom', nothing, 0)).rejects.toThrow(codeOf('ERR_VIEW_TRAP'));
    expect(adapter.fallbacks).toBe(0);
    await adapter.viewPool?.close();
    expect(text(await adapter.view('tiny', nothing, 0))).toBe('ok');
    expect(adapter.fallbacks).toBe(1);
    expect(logger.lines.at(-1)).toMatch(/^warn The view pool failed, the view runs directly: /);
  });

  it('runs a view directly when its thread died in the middle of it', async () => {
    const logger = new RecordingLogger();
    const adapter = new MetashrewRuntimeAdapter(await indexedRuntime(1), { logger });
    const dying = new URL('./support/dying-worker.mjs', import.meta.url);
    await adapter.initializeViewPool({ poolSize: 1, workerUrl: dying });
    expect(text(await adapter.view('tiny', nothing, 0))).toBe('ok');
    expect(logger.lines.at(-1)).toMatch(/the view runs directly: view thread 0 died with code 3/);
    await adapter.close();
  });

  it('goes on directly when the threads cannot be started, also where nothing else keeps the process alive', async () => {
    const child = startSource('pool-without-threads.ts', [
      await guestPath('indexer'),
      temporaryFolder(),
    ]);
    const output = child.stdout?.setEncoding('utf8').toArray();
    expect(await exitOf(child)).toBe(0);
    expect((await output)?.join('')).toBe('direct ok\n');
  });

  it('goes on directly when the threads cannot be started', async () => {
    const logger = new RecordingLogger();
    const adapter = new MetashrewRuntimeAdapter(await indexedRuntime(1), { logger });
    const missing = new URL('./support/no-such-worker.mjs', import.meta.url);
    expect(await adapter.initializeViewPool({ poolSize: 1, workerUrl: missing })).toBe('direct');
    expect(logger.lines).toEqual([expect.stringMatching(/could not start its 1 runtimes/)]);
    expect(text(await adapter.view('tiny', nothing, 0))).toBe('ok');
  });
});
