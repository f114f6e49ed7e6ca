import { PoolError } from '@rockpool/core';
import { afterEach, describe, expect, it } from 'vitest';
import { ExtractError, NativeExtractorPool, type NativePoolConfig } from '../src/index.js';
import { examplePage } from './pages.js';

const html = '<html><body><h1>Title</h1><p>Content</p></body></html>';
const open: NativeExtractorPool[] = [];
const poolOf = async (config: NativePoolConfig = {}): Promise<NativeExtractorPool> => {
  const pool = await NativeExtractorPool.create(config);
  open.push(pool);
  return pool;
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close()));
});

describe('a native extractor pool', () => {
  it('lends a CSS extractor that extracts and counts as in use until it is given back', async () => {
    const pool = await poolOf({ minPoolSize: 2, maxPoolSize: 5 });
    const extractor = await pool.checkout('css');
    expect(extractor.extract(html, 'h1')).toBe('Title');
    expect(extractor.resource.extract(html, 'h1')).toBe('Title');
    expect(pool.metrics().cssInUse).toBe(1);
    extractor.release();
    expect(pool.metrics().cssInUse).toBe(0);
  });

  it('lends all three kinds from one place', async () => {
    const pool = await poolOf();
    const [css, regex, article] = await Promise.all([
      pool.checkout('css'),
      pool.checkout('regex'),
      pool.checkout('article'),
    ]);
    expect(css.extractAll(html, 'h1, p')).toEqual(['Title', 'Content']);
    expect(regex.extract(html, 'C[a-z]+')).toBe('Content');
    expect(article.extract(examplePage('blog-post.html')).title).toBe(
      'Counting things without stopping the world',
    );
    expect(pool.metrics()).toMatchObject({ cssInUse: 1, regexInUse: 1, articleInUse: 1, inUse: 3 });
    for (const lease of [css, regex, article]) lease.release();
    expect(pool.metrics().inUse).toBe(0);
  });

  it('takes an extractor back at the end of a using block', async () => {
    const pool = await poolOf();
    {
      using extractor = await pool.checkout('regex');
      expect(extractor.active).toBe(true);
      expect(pool.metrics().regexInUse).toBe(1);
    }
    expect(pool.metrics().regexInUse).toBe(0);
    {
      await using extractor = await pool.checkout('css');
      expect(extractor.active).toBe(true);
    }
    expect(pool.metrics().cssInUse).toBe(0);
  });

  it('takes an extractor back when the work with it fails', async () => {
    const pool = await poolOf();
    await expect(pool.use('css', () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(await pool.use('css', (extractor) => extractor.extract(html, 'p'))).toBe('Content');
    expect(pool.metrics().inUse).toBe(0);
  });

  it('refuses work with an extractor that was given back, and a second release does nothing', async () => {
    const pool = await poolOf();
    const extractor = await pool.checkout('css');
    extractor.release();
    extractor.release();
    const other = await pool.checkout('css');
    extractor.release();
    expect(other.active).toBe(true);
    expect(() => extractor.extract(html, 'h1')).toThrow(
      expect.objectContaining({ code: 'ERR_POOL_LEASE_ENDED' }),
    );
    other.release();
  });

  it('has its first extractors ready, and shows each of its numbers', async () => {
    const pool = await poolOf({ minPoolSize: 1, maxPoolSize: 4, initialPoolSize: 3 });
    expect(pool.metrics()).toMatchObject({
      total: 9,
      available: 9,
      inUse: 0,
      utilization: 0,
      cssTotal: 3,
      regexTotal: 3,
      articleTotal: 3,
    });
    const borrowed = await Promise.all([
      pool.checkout('css'),
      pool.checkout('css'),
      pool.checkout('regex'),
    ]);
    expect(pool.metrics()).toMatchObject({ available: 6, inUse: 3, utilization: 0.25 });
    borrowed[0].extract(html, 'h1');
    expect(() => borrowed[1].extract('', 'h1')).toThrow();
    const after = pool.metrics();
    expect(after).toMatchObject({
      totalExtractions: 2,
      successfulExtractions: 1,
      failedExtractions: 1,
      timeoutCount: 0,
    });
    expect(after.avgCreationTimeMs).toBeGreaterThan(0);
    expect(after.avgProcessingTimeMs).toBeGreaterThan(0);
    for (const lease of borrowed) lease.release();
  });

  it('lets callers wait for an extractor, and counts them', async () => {
    const pool = await poolOf({ minPoolSize: 1, maxPoolSize: 1 });
    const first = await pool.checkout('css');
    const second = pool.checkout('css');
    expect(pool.metrics().waiting).toBe(1);
    first.release();
    const lease = await second;
    expect(lease.extract(html, 'h1')).toBe('Title');
    expect(pool.metrics().waiting).toBe(0);
    lease.release();
  });

  it('gives up waiting after the time it was given', async () => {
    const pool = await poolOf({ minPoolSize: 1, maxPoolSize: 1 });
    const only = await pool.checkout('css');
    await expect(pool.checkout('css', { timeoutMs: 5 })).rejects.toSatisfy((error) =>
      PoolError.is(error, 'ERR_POOL_TIMEOUT'),
    );
    expect(pool.tryCheckout('css')).toBeUndefined();
    only.release();
    const now = pool.tryCheckout('css');
    expect(now?.extract(html, 'h1')).toBe('Title');
    now?.release();
  });

  it('compiles at creation what its configuration names, and nothing of it later', async () => {
    const pool = await poolOf({
      selectors: ['h1', 'p > b'],
      patterns: [/x+/],
      css: { fields: { a: '.a' } },
      regex: { patterns: 'contact' },
    });
    const css = await pool.checkout('css');
    const regex = await pool.checkout('regex');
    const before = [css.resource.compilations, regex.resource.compilations];
    css.extract(html, 'h1');
    css.extract(html, 'p > b');
    css.extractDocument(html);
    regex.extract(html, /x+/);
    regex.extractDocument(html);
    expect([css.resource.compilations, regex.resource.compilations]).toEqual(before);
    css.release();
    regex.release();
  });

  it('compiles a selector once for all its extractors', async () => {
    const pool = await poolOf({ minPoolSize: 2 });
    const [one, two] = await Promise.all([pool.checkout('css'), pool.checkout('css')]);
    const before = one.resource.compilations;
    one.extract(html, 'h1 + p');
    two.extract(html, 'h1 + p');
    expect(two.resource.compilations).toBe(before + 1);
    one.release();
    two.release();
  });

  it('replaces an extractor that was stopped by its deadline', async () => {
    const pool = await poolOf({
      minPoolSize: 1,
      maxPoolSize: 1,
      regex: { engine: 'native', patternDeadlineMs: 20, patterns: [] },
    });
    const extractor = await pool.checkout('regex');
    const { resource } = extractor;
    expect(() => extractor.extract(`${'a'.repeat(5_000)}!`, '(a+)+$')).toThrow(
      expect.objectContaining({ code: 'ERR_EXTRACT_TIMEOUT' }),
    );
    expect(extractor.active).toBe(false);
    extractor.release();
    const next = await pool.checkout('regex');
    expect(next.resource).not.toBe(resource);
    expect(next.extract('abc', 'b')).toBe('b');
    expect(pool.metrics().timeoutCount).toBe(1);
    next.release();
  });

  it('replaces an extractor after its last loan', async () => {
    const pool = await poolOf({ minPoolSize: 1, maxPoolSize: 1, maxInstanceReuse: 2 });
    const seen = new Set<object>();
    for (let at = 0; at < 4; at += 1)
      await pool.use('css', ({ resource }) => void seen.add(resource));
    expect(seen.size).toBe(2);
  });

  it('replaces an extractor that failed too often itself, but not for bad pages', async () => {
    const broken = (): never => {
      throw new TypeError('defect');
    };
    const pool = await poolOf({
      minPoolSize: 1,
      maxPoolSize: 1,
      maxFailureCount: 2,
      regex: { patterns: [{ name: 'x', pattern: 'x', redact: broken }] },
    });
    const extractor = await pool.checkout('regex');
    for (let at = 0; at < 5; at += 1)
      expect(() => extractor.extract('', 'x')).toThrow(ExtractError);
    expect(extractor.active).toBe(true);
    expect(() => extractor.extractDocument('x')).toThrow('defect');
    expect(extractor.active).toBe(true);
    expect(() => extractor.extractDocument('x')).toThrow('defect');
    expect(extractor.active).toBe(false);
  });

  it('keeps no page of one borrower for the next', async () => {
    const pool = await poolOf({ minPoolSize: 1, maxPoolSize: 1 });
    await pool.use('css', (extractor) => extractor.extract(html, 'h1'));
    expect(await pool.use('css', (extractor) => extractor.extract('<h1>Other</h1>', 'h1'))).toBe(
      'Other',
    );
  });

  it('refuses an unknown kind with the nearest one', async () => {
    const pool = await poolOf();
    await expect(pool.checkout('regx' as 'regex')).rejects.toThrow(
      /Unknown kind of extractor "regx".*did you mean "regex"/,
    );
  });

  it('refuses to lend when it is closed', async () => {
    const pool = await poolOf();
    await pool.close();
    await pool.close();
    await expect(pool.checkout('css')).rejects.toSatisfy((error) =>
      PoolError.is(error, 'ERR_POOL_CLOSED'),
    );
  });

  it('works without waiting for its first extractors', async () => {
    await using pool = new NativeExtractorPool();
    expect(await pool.use('css', (extractor) => extractor.extract(html, 'h1'))).toBe('Title');
  });
});

describe('the configuration of a native extractor pool', () => {
  it('has the defaults of RipTide', () => {
    const { config } = new NativeExtractorPool();
    expect(config).toMatchObject({
      maxPoolSize: 8,
      initialPoolSize: 2,
      extractionTimeoutMs: 30_000,
      healthCheckIntervalMs: 30_000,
      maxInstanceReuse: 1_000,
      maxFailureCount: 10,
    });
  });

  it('fits its defaults to the sizes that are given', () => {
    expect(new NativeExtractorPool({ maxPoolSize: 1 }).config).toMatchObject({
      minPoolSize: 1,
      initialPoolSize: 1,
    });
    expect(new NativeExtractorPool({ minPoolSize: 20 }).config).toMatchObject({
      maxPoolSize: 20,
      initialPoolSize: 20,
    });
  });

  it.each([
    [{ min_pool_size: 2 }, /unknown option "min_pool_size", did you mean "minPoolSize"/],
    [{ idleTimeout: 2 }, /did you mean "idleTimeoutMs"/],
    [{ zzzzzzzzzzzzzz: 2 }, /unknown option "zzzzzzzzzzzzzz" \(known: name, minPoolSize/],
    [{ minPoolSize: 5, maxPoolSize: 2 }, /minPoolSize cannot be greater than maxPoolSize/],
    [{ initialPoolSize: 5, maxPoolSize: 2 }, /initialPoolSize cannot be greater than maxPoolSize/],
    [{ maxPoolSize: 0 }, /maxPoolSize must be greater than 0/],
    [{ limits: { maxDepht: 1 } }, /did you mean "maxDepth"/],
    [{ selectors: ['h1['] }, /Invalid CSS selector/],
    [{ patterns: ['('] }, /Invalid pattern/],
    [{ css: { parsr: 'fast' } }, /did you mean "parser"/],
    ['fast', /Invalid native pool configuration/],
  ])('%j is refused at once', async (config, message) => {
    expect(() => new NativeExtractorPool(config as object)).toThrow(message);
    await expect(NativeExtractorPool.create(config as object)).rejects.toThrow(message);
  });
});
