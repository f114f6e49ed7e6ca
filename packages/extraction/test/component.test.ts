import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EventBus } from '@rockpool/events';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AdvancedInstancePool, createEventAwarePool } from '../src/index.js';
import { articlePage } from './pages.js';

// Compiling the component takes seconds, and so does each of its workers on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const adapter = fileURLToPath(new URL('../../wasm-adapter/', import.meta.url));
const component = path.join(adapter, 'guests', 'built', 'extractor.wasm');
const folder = mkdtempSync(path.join(tmpdir(), 'rockpool-extraction-'));
const small = {
  maxPoolSize: 1,
  initialPoolSize: 0,
  healthCheckIntervalMs: 60_000,
  // Of its own: what other processes left behind would make hits of misses.
  'wasm.cacheDirectory': path.join(folder, 'cache'),
};
const open: AdvancedInstancePool[] = [];

/** A pool of the real component, each instance in a worker. */
function poolOf(config: object, from: string = component): AdvancedInstancePool {
  const bus = new EventBus();
  const pool = new AdvancedInstancePool({ ...small, ...config }, from, { bus });
  open.push(pool);
  return pool;
}

beforeAll(async () => {
  // The guest is built by the package that it belongs to, if its source has changed.
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'test/support/build-guests.ts'], {
    cwd: adapter,
  });
});
afterEach(() => Promise.all(open.splice(0).map((pool) => pool.close())));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the extractor component', () => {
  it('reads articles, full pages, metadata and selections', async () => {
    const pool = poolOf({});
    const read = (mode: Parameters<typeof pool.extract>[2]) =>
      pool.extract(articlePage, 'https://example.com/news/tides', mode);
    const article = await read('article');
    expect(article.parserMetadata).toMatchObject({ parserUsed: 'wasm', fallbackOccurred: false });
    expect(article.title).toBe('The tides of the bay');
    expect(article.text).toContain('Twice a day the bay empties');
    expect(article.links.map(({ url }) => url)).toContain('https://example.com/chart');
    expect((await read('full')).strategy).toBe('body');
    expect((await read('metadata')).title).toBe('The tides of the bay');
    expect((await read({ custom: ['blockquote'] })).text).toContain('The sea keeps its own clock');
    expect(pool.metrics()).toMatchObject({
      totalExtractions: 4,
      fallbackExtractions: 0,
      created: 1,
      wasmMemoryPages: expect.any(Number) as number,
    });
    expect(pool.metrics().wasmPeakMemoryPages).toBeGreaterThan(0);
    const { wait, decode, guest, document } = pool.phases();
    expect([wait, decode, guest, document].map((phase) => phase?.count)).toEqual([5, 4, 4, 4]);
    // What the guest takes is what a page takes, nearly.
    expect(guest?.sumMs).toBeGreaterThan(decode?.sumMs ?? 0);
    expect(guest?.sumMs).toBeLessThan(pool.metrics().processingMs);
    expect(pool.memoryStats().totalAllocatedMb).toBeGreaterThan(0);
    expect(pool.healthStatus()).toMatchObject({ breaker: 'closed' });
  });

  it('is compiled once, and later pools find it in the cache', async () => {
    const first = poolOf({});
    await first.extract(articlePage, 'https://example.com/', 'metadata');
    const { wasmAotCacheHits: hits, wasmAotCacheMisses: misses } = first.metrics();
    expect(misses).toBeGreaterThan(0);
    const second = poolOf({});
    await second.extract(articlePage, 'https://example.com/', 'metadata');
    expect(second.metrics()).toMatchObject({
      wasmAotCacheHits: hits + 1,
      wasmAotCacheMisses: misses,
    });
  });

  it('shows no figures when it shall not be measured', async () => {
    const pool = poolOf({ enableMetrics: false });
    await pool.extract(articlePage, 'https://example.com/', 'metadata');
    expect(pool.phases()).toEqual({});
    expect(pool.metrics()).toMatchObject({
      total: 1,
      totalExtractions: 0,
      wasmPeakMemoryPages: 0,
      wasmAotCacheHits: 0,
    });
  });

  it('is replaced when an instance has read as many pages as it may', async () => {
    const pool = poolOf({ 'wasm.maxUses': 2 });
    // Asking for its modes was the first use.
    for (let page = 0; page < 4; page += 1) {
      const doc = await pool.extract(articlePage, 'https://example.com/', 'metadata');
      expect(doc.parserMetadata.parserUsed).toBe('wasm');
    }
    expect(pool.metrics().created).toBe(3);
  });

  it('is stopped at its deadline, and the page is read natively', async () => {
    const long = `<html><body><article>${'<p>Some words, and more.</p>'.repeat(120_000)}</article></body></html>`;
    const pool = poolOf({ extractionTimeoutMs: 120 });
    // The native parser has the same deadline: what it is asked for takes no time.
    const doc = await pool
      .extract(long, 'https://example.com/', 'metadata')
      .catch((error: unknown) => error);
    expect(pool.metrics().fallbacksByTrigger.deadline).toBe(1);
    expect(pool.metrics().epochTimeouts).toBe(1);
    expect(JSON.stringify(doc)).toContain('deadline');
    const next = await pool.extract(articlePage, 'https://example.com/', 'metadata');
    expect(next.title).toBe('The tides of the bay');
  });

  it('reads natively what the guest refuses, without a mark against the guest', async () => {
    const pool = poolOf({});
    const doc = await pool.extract('<p>No html, no body, no address', undefined, 'full');
    expect(doc.parserMetadata).toMatchObject({ parserUsed: 'native', fallbackTrigger: 'refused' });
    expect(pool.circuitBreakerState()).toMatchObject({ kind: 'closed', failures: 0 });
  });

  it('is asked for its modes first only when it shall be validated', async () => {
    const file = path.join(folder, 'empty-unchecked.wasm');
    writeFileSync(file, Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    const triggerOf = async (config: object): Promise<unknown> =>
      (await poolOf(config, file).extract(articlePage, 'https://example.com/')).parserMetadata;
    expect(await triggerOf({ 'wasm.enableWitValidation': false })).toMatchObject({
      fallbackTrigger: 'component',
      primaryError: expect.stringMatching(/extract/) as string,
    });
    expect(await triggerOf({})).toMatchObject({
      fallbackTrigger: 'component',
      primaryError: expect.stringMatching(/^The extractor component cannot be used: /) as string,
    });
  });

  it('that may use too little memory is replaced by the native parser', async () => {
    const pool = poolOf({ memoryLimitBytes: 1_048_576 });
    const doc = await pool.extract(articlePage, 'https://example.com/news/tides');
    expect(doc.parserMetadata.fallbackOccurred).toBe(true);
    expect(['memory-limit', 'instantiation', 'component']).toContain(
      doc.parserMetadata.fallbackTrigger,
    );
  });

  it.each([
    ['is missing', 'nowhere.wasm', undefined],
    ['is broken', 'broken.wasm', Buffer.from('\0asm not really')],
    ['is no extractor', 'empty.wasm', Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
  ])('that %s is replaced by the native parser', async (_how, name, bytes) => {
    const file = path.join(folder, name);
    if (bytes !== undefined) writeFileSync(file, bytes);
    const pool = poolOf({}, file);
    const doc = await pool.extract(articlePage, 'https://example.com/news/tides');
    expect(doc.title).toBe('The tides of the bay');
    expect(doc.parserMetadata).toMatchObject({
      parserUsed: 'native',
      fallbackOccurred: true,
      fallbackTrigger: 'component',
    });
  });
});

describe('createEventAwarePool', () => {
  it('tells everything from the first instance on', async () => {
    const bus = new EventBus();
    const told: string[] = [];
    bus.on('*', ({ eventType }) => told.push(eventType));
    const pool = createEventAwarePool({ ...small, initialPoolSize: 1 }, component, bus);
    open.push(pool);
    await pool.ready();
    await pool.extract(articlePage, 'https://example.com/news/tides');
    expect(told).toEqual(
      expect.arrayContaining([
        'pool.instance_created',
        'pool.pool_warmup',
        'health.healthy',
        'extraction.started',
        'pool.instance_acquired',
        'extraction.completed',
      ]),
    );
    expect(told.indexOf('pool.instance_created')).toBeLessThan(told.indexOf('extraction.started'));
  });
});
