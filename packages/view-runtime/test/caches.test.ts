import { beforeAll, describe, expect, it } from 'vitest';
import { ByteCache } from '../src/cache/lru.js';
import {
  cacheBudgets,
  DEFAULT_CACHE_LIMIT_BYTES,
  ENTRY_OVERHEAD_BYTES,
  MetashrewRuntime,
  type RuntimeOptions,
} from '../src/index.js';
import { bytes, text } from './support/bytes.js';
import { writing } from './support/chain.js';
import { guestBytes } from './support/guests.js';

let module: Uint8Array;
beforeAll(async () => {
  module = await guestBytes('indexer');
}, 120_000);
const runtime = (options?: RuntimeOptions) => MetashrewRuntime.new(module, options);

describe('the memory of the caches', () => {
  it('is one GiB by default: all to main for an indexer, half and half for views', () => {
    const gib = 1_073_741_824;
    expect(DEFAULT_CACHE_LIMIT_BYTES).toBe(gib);
    expect(cacheBudgets('indexer', gib)).toEqual({ main: gib, height: 1_024, api: 1_024 });
    expect(cacheBudgets('view', gib)).toEqual({ main: 1_024, height: gib / 2, api: gib / 2 });
  });

  it('holds what was used last, to the byte, and counts what had to go', () => {
    const each = 1 + 100 + ENTRY_OVERHEAD_BYTES;
    const cache = new ByteCache(10 * each);
    const value = new Uint8Array(100);
    for (const key of 'abcdefghij') cache.set(key, value);
    expect(cache.stats()).toMatchObject({ items: 10, memoryUsage: 10 * each, evictions: 0 });
    cache.get('a');
    for (const key of 'ABCDEFGHIJKLMNOPQRST') cache.set(key, value);
    expect(cache.stats()).toEqual({
      hits: 1,
      misses: 0,
      items: 10,
      memoryUsage: 10 * each,
      evictions: 20,
    });
    expect(cache.get('T')).toBe(value);
    expect(cache.get('J')).toBeUndefined();
  });

  it('keeps an item used lately when others go', () => {
    const each = 1 + 10 + ENTRY_OVERHEAD_BYTES;
    const cache = new ByteCache(2 * each);
    const value = new Uint8Array(10);
    cache.set('a', value);
    cache.set('b', value);
    cache.get('a');
    cache.set('c', value);
    expect([cache.get('a'), cache.get('b')]).toEqual([value, undefined]);
  });

  it('never takes an item that is larger than all of it', () => {
    const cache = new ByteCache(1_000);
    cache.set('a', new Uint8Array(2_000));
    expect(cache.stats()).toMatchObject({ items: 0, memoryUsage: 0 });
  });

  it('is shared out anew when the mode changes, and what was used last stays', async () => {
    const indexer = await runtime({ cache: { limitBytes: 100_000 } });
    for (let i = 0; i < 60; i++)
      indexer.cacheSet(`${10 + i}`, new Uint8Array(1_000 - 2 - ENTRY_OVERHEAD_BYTES));
    expect(indexer.lruCacheStats().api).toMatchObject({
      items: 50,
      memoryUsage: 50_000,
      evictions: 10,
    });
    indexer.setCacheMode('indexer');
    expect(indexer.lruCacheStats().api).toMatchObject({
      items: 1,
      memoryUsage: 1_000,
      evictions: 59,
    });
    expect(indexer.cacheGet('69')).toBeDefined();
    indexer.setCacheMode('view');
    expect(indexer.cacheGet('69')).toBeDefined();
    for (let i = 0; i < 30; i++) indexer.cacheSet(`${10 + i}`, new Uint8Array(900));
    expect(indexer.lruCacheStats().api.items).toBe(31);
  });
});

describe('the caches of a runtime', () => {
  it('count each tier exactly', async () => {
    const indexer = await runtime();
    await indexer.run(writing(0, { a: '1' }));
    const before = indexer.lruCacheStats();
    for (let i = 0; i < 3; i++) await indexer.view('getvalue', bytes('a'), 0);
    await indexer.view('getvalue', bytes('none'), 0);
    const { height, call, main, total } = indexer.lruCacheStats();
    // Each view asks for the length and then for the value: the second question is answered by the call itself. A key
    // without a value is asked for twice, too.
    expect(height).toEqual({
      hits: 2,
      misses: 2,
      items: 2,
      memoryUsage: '0:a'.length + 1 + '0:none'.length + 2 * ENTRY_OVERHEAD_BYTES,
      evictions: 0,
    });
    expect(call.hits - before.call.hits).toBe(4);
    expect(call.misses - before.call.misses).toBe(4);
    expect(total.items).toBe(height.items + main.items);
    expect(total.memoryUsage).toBe(height.memoryUsage + main.memoryUsage);
  });

  it('keep the heights apart', async () => {
    const indexer = await runtime();
    await indexer.run(writing(0, { a: 'zero' }));
    await indexer.run(writing(1, { a: 'one' }));
    for (let i = 0; i < 2; i++) {
      expect(text(await indexer.view('getvalue', bytes('a'), 0))).toBe('zero');
      expect(text(await indexer.view('getvalue', bytes('a'), 1))).toBe('one');
    }
    expect(indexer.lruCacheStats().height).toMatchObject({ hits: 2, misses: 2, items: 2 });
  });

  it('hold nothing of a height that has no block yet', async () => {
    const indexer = await runtime();
    await indexer.run(writing(0, { a: 'old' }));
    expect(text(await indexer.view('getvalue', bytes('a'), 1))).toBe('old');
    expect(indexer.lruCacheStats().height.items).toBe(0);
    await indexer.run(writing(1, { a: 'new' }));
    expect(text(await indexer.view('getvalue', bytes('a'), 1))).toBe('new');
  });

  it('drop the heights a reorganisation took, and only those', async () => {
    const indexer = await runtime();
    for (let height = 0; height < 4; height++)
      await indexer.run(writing(height, { a: `a${height}` }));
    for (let height = 0; height < 4; height++) await indexer.view('getvalue', bytes('a'), height);
    await indexer.rollback(1);
    await indexer.run(writing(2, { a: 'other' }, 1));
    expect(text(await indexer.view('getvalue', bytes('a'), 2))).toBe('other');
    expect(indexer.lruCacheStats().height).toMatchObject({ items: 3, evictions: 0 });
    await indexer.rollback(0);
    await indexer.rollback(-1);
    await indexer.run(writing(0, { a: 'all new' }, 2));
    expect(text(await indexer.view('getvalue', bytes('a'), 0))).toBe('all new');
    expect(indexer.lruCacheStats().height.items).toBe(1);
  });

  it('give an indexer what the block before wrote without a read of the store', async () => {
    const indexer = await runtime({ cache: { mode: 'indexer' } });
    for (let height = 0; height < 4; height++) await indexer.run(writing(height, {}));
    expect(indexer.lruCacheStats().main).toMatchObject({ hits: 3, misses: 1 });
  });

  it('stay within their limit whatever is read', async () => {
    const indexer = await runtime({ cache: { limitBytes: 8_192 } });
    const writes = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`k${i}`, 'x'.repeat(200)]),
    );
    await indexer.run(writing(0, writes));
    for (let i = 0; i < 100; i++) await indexer.view('getvalue', bytes(`k${i}`), 0);
    const { height } = indexer.lruCacheStats();
    expect(height.memoryUsage).toBeLessThanOrEqual(4_096);
    expect(height.items + height.evictions).toBe(100);
  });

  it('have a corner for their owner', async () => {
    const indexer = await runtime();
    expect(indexer.cacheGet('mine')).toBeUndefined();
    indexer.cacheSet('mine', bytes('value'));
    expect(text(indexer.cacheGet('mine'))).toBe('value');
    expect(indexer.cacheRemove('mine')).toBe(true);
    expect(indexer.cacheRemove('mine')).toBe(false);
    expect(indexer.lruCacheStats().api).toMatchObject({
      hits: 1,
      misses: 1,
      items: 0,
      memoryUsage: 0,
    });
  });
});
