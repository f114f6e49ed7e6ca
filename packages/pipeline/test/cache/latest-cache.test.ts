import { ManualClock } from '@rockpool/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatestCache, RuntimeCaches } from '../../src/index.js';

const at = (position: number, version = 0) => ({
  position: BigInt(position),
  version: BigInt(version),
});

describe('a cache of the latest values', () => {
  it('replaces an entry only by a higher position, or a higher version of the same', () => {
    const cache = new LatestCache<string, string>({ max: 10 });
    expect(cache.put('key', 'first', at(7, 2))).toBe('stored');
    expect(cache.put('key', 'older position', at(6, 9))).toBe('stale');
    expect(cache.put('key', 'older version', at(7, 1))).toBe('stale');
    expect(cache.put('key', 'the same', at(7, 2))).toBe('stale');
    expect(cache.get('key')).toBe('first');
    expect(cache.put('key', 'newer version', at(7, 3))).toBe('stored');
    expect(cache.put('key', 'newer position', at(8, 0))).toBe('stored');
    expect(cache.get('key')).toBe('newer position');
    expect(cache.stats()).toMatchObject({ stale: 3, hits: 2, misses: 0, size: 1 });
  });

  it('ends with the newest value of each key in whatever order updates arrive, and how often', () => {
    const update = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      position: fc.nat(5),
      version: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(update, { minLength: 1, maxLength: 40 }), (updates) => {
        const cache = new LatestCache<string, { position: number; version: number }>({ max: 10 });
        for (const each of updates) cache.put(each.key, each, at(each.position, each.version));
        for (const key of ['a', 'b', 'c']) {
          const newest = updates
            .filter((each) => each.key === key)
            .sort((x, y) => x.position - y.position || x.version - y.version)
            .at(-1);
          const kept = cache.get(key);
          expect([kept?.position, kept?.version]).toEqual([newest?.position, newest?.version]);
        }
      }),
    );
  });

  it('forgets an entry when its time is over, and gives its place back at the next sweep', () => {
    const clock = new ManualClock();
    const cache = new LatestCache<string, string>({ max: 10, ttlMs: 60_000, clock });
    cache.put('old', 'value', at(1));
    clock.jump(30_000);
    cache.put('young', 'value', at(1));
    clock.jump(30_000);
    expect(cache.get('old')).toBe('value');
    clock.jump(1);
    expect(cache.stats().size).toBe(2);
    expect(cache.sweep()).toBe(1);
    expect(cache.get('old')).toBeUndefined();
    expect(cache.get('young')).toBe('value');
    expect(cache.stats()).toMatchObject({ size: 1, hits: 2, misses: 1 });
    expect(clock.pending).toBe(0);
  });

  it('makes room for the newest by forgetting the entry used least recently', () => {
    const cache = new LatestCache<string, string>({ max: 2 });
    cache.put('a', 'a', at(1));
    cache.put('b', 'b', at(1));
    cache.get('a');
    cache.put('c', 'c', at(1));
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual(['a', undefined, 'c']);
  });

  it('holds no more bytes than it may', () => {
    const cache = new LatestCache<string, Uint8Array>({
      max: 100,
      maxBytes: 1_000,
      bytesOf: (bytes) => bytes.length,
    });
    for (let index = 0; index < 5; index += 1) {
      expect(cache.put(`${index}`, new Uint8Array(300), at(1))).toBe('stored');
    }
    expect(cache.stats()).toMatchObject({ size: 3, bytes: 900 });
    expect(cache.put('large', new Uint8Array(1_001), at(1))).toBe('too-large');
    expect(cache.get('large')).toBeUndefined();
    expect(cache.stats().bytes).toBeLessThanOrEqual(1_000);
  });

  it('loads a value once for all who ask meanwhile', async () => {
    const cache = new LatestCache<string, string>({ max: 10 });
    const gate = deferred();
    let calls = 0;
    const loader = async () => {
      calls += 1;
      await gate.promise;
      return { value: 'loaded' };
    };
    const asked = [1, 2, 3].map(() => cache.load('key', loader));
    gate.resolve(undefined);
    expect(await Promise.all(asked)).toEqual(['loaded', 'loaded', 'loaded']);
    expect(await cache.load('key', loader)).toBe('loaded');
    expect(calls).toBe(1);
  });

  it('keeps nothing of a load that failed: all who wait are told, the next one tries again', async () => {
    const cache = new LatestCache<string, string>({ max: 10 });
    const broken = () => Promise.reject(new Error('not there'));
    const asked = await Promise.allSettled([cache.load('key', broken), cache.load('key', broken)]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await cache.load('key', () => ({ value: 'there' }))).toBe('there');
  });

  it('prefers what was put in during a load to what the load found', async () => {
    const cache = new LatestCache<string, string>({ max: 10 });
    const gate = deferred();
    const asked = cache.load('key', async () => {
      await gate.promise;
      return { value: 'loaded', position: 4n, version: 0n };
    });
    cache.put('key', 'streamed', at(5));
    gate.resolve(undefined);
    expect(await asked).toBe('streamed');
    expect(cache.get('key')).toBe('streamed');
  });
});

describe('the caches of a runtime', () => {
  it('hold 10,000 accounts and 1,000 programs for a minute', () => {
    const clock = new ManualClock();
    const caches = new RuntimeCaches<{ index: number }>({ clock });
    for (let index = 0; index < 10_001; index += 1) {
      caches.accounts.put(`${index}`, { index }, at(1));
      caches.programs.put(`${index}`, { index }, at(1));
    }
    expect(caches.stats()).toMatchObject({ accounts: { size: 10_000 }, programs: { size: 1_000 } });
    clock.jump(60_001);
    expect(caches.sweep()).toBe(11_000);
  });
});

function deferred() {
  let resolve!: (value: unknown) => void;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
