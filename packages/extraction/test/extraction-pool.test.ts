import { PoolError } from '@rockpool/core';
import { ExtractError } from '@rockpool/native-adapter';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createExtractionPool,
  type ExtractionPool,
  type ExtractionPoolOptions,
} from '../src/index.js';
import { articlePage } from './pages.js';

const open: ExtractionPool[] = [];

function poolOf(options?: ExtractionPoolOptions): ExtractionPool {
  const pool = createExtractionPool(options);
  open.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close()));
});

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code,
  );

describe('extract', () => {
  it('gives the article of a page and says how it was read', async () => {
    const doc = await poolOf().extract(articlePage, 'https://example.com/news/tides');
    expect(doc).toMatchObject({
      url: 'https://example.com/news/tides',
      title: 'The tides of the bay',
      byline: 'Ada Lind',
      language: 'en',
      strategy: 'readability',
      parserMetadata: {
        parserUsed: 'native',
        fallbackOccurred: false,
        extractionPath: 'readability',
      },
    });
    expect(doc.text).toContain('Twice a day the bay empties');
    expect(doc.text).not.toContain('Cookie settings');
    expect(doc.links.map(({ url }) => url)).toContain('https://example.com/chart');
    expect(doc.parserMetadata.confidenceScore).toBeCloseTo(doc.qualityScore / 100);
    expect(doc.parserMetadata.parseTimeMs).toBeGreaterThan(0);
  });

  it('gives the whole page, furniture excepted, in the mode full', async () => {
    const doc = await poolOf().extract(articlePage, undefined, 'full');
    expect(doc.strategy).toBe('body');
    expect(doc.url).toBeNull();
    expect(doc.text).toContain('Twice a day the bay empties');
  });

  it('gives what the page says of itself, and no text, in the mode metadata', async () => {
    const doc = await poolOf().extract(articlePage, undefined, 'metadata');
    expect(doc).toMatchObject({ title: 'The tides of the bay', text: '', strategy: 'none' });
  });

  it('gives what the selectors match in a custom mode', async () => {
    const doc = await poolOf().extract(articlePage, undefined, { custom: ['blockquote'] });
    expect(doc.text).toBe('The sea keeps its own clock.');
    expect(doc.parserMetadata.extractionPath).toBe('selectors');
  });

  it('reads bytes in the charset that the page declares', async () => {
    const page = '<!doctype html><meta charset="windows-1252"><title>Caf\xe9</title><p>Ol\xe9';
    const doc = await poolOf().extract(Buffer.from(page, 'latin1'), undefined, 'full');
    expect(doc.title).toBe('Café');
    expect(doc.text).toContain('Olé');
  });

  it.each([
    ['an unknown mode', 'artcle', /did you mean "article"\?/],
    ['no selectors', { custom: [] }, /needs selectors/],
    ['a blank selector', { custom: ['h1', ' '] }, /selector of a custom mode is empty/],
    ['more than selectors', { custom: ['h1'], text: true }, /selectors and nothing else/],
    ['nothing at all', null, /cannot be null/],
  ])('refuses a mode with %s before an extractor is lent', async (_what, mode, message) => {
    const pool = poolOf();
    const refused = pool.extract(articlePage, undefined, mode as never);
    await expect(refused).rejects.toThrow(message);
    expect(await codeOf(pool.extract(articlePage, undefined, mode as never))).toBe(
      'ERR_EXTRACT_OPTIONS',
    );
    expect(pool.metrics().totalExtractions).toBe(0);
  });

  it.each([
    ['an empty page', '  ', 'ERR_EXTRACT_EMPTY_INPUT'],
    ['a page without any tag', 'just words', 'ERR_EXTRACT_NOT_HTML'],
    ['a binary', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0]), 'ERR_EXTRACT_NOT_HTML'],
  ])('refuses %s and keeps the extractor', async (_what, html, code) => {
    const pool = poolOf({ native: { maxPoolSize: 1 } });
    expect(await codeOf(pool.extract(html))).toBe(code);
    expect((await pool.extract(articlePage)).title).toBe('The tides of the bay');
    expect(pool.metrics()).toMatchObject({
      totalExtractions: 2,
      successfulExtractions: 1,
      failedExtractions: 1,
      refusedPages: 1,
      created: 1,
      active: 0,
    });
  });

  it('stops a page at its deadline, replaces the extractor and goes on', async () => {
    // Each item looks at all behind it, twice: minutes of work, against half a second.
    const endless = `<ul>${'<li>item</li>'.repeat(20_000)}</ul>`;
    const mode = { custom: ['li:has(~ li ~ li.none)'] };
    const pool = poolOf({ extractionTimeoutMs: 500, native: { maxPoolSize: 1, minPoolSize: 0 } });
    expect(await codeOf(pool.extract(endless, undefined, mode))).toBe('ERR_EXTRACT_TIMEOUT');
    const doc = await pool.extract('<title>Small</title><p>Page', undefined, 'metadata');
    expect(doc.title).toBe('Small');
    expect(pool.metrics()).toMatchObject({
      timeoutCount: 1,
      failedExtractions: 1,
      refusedPages: 0,
      created: 2,
    });
  });
});

describe('checkout', () => {
  it('holds a place until the loan ends, and then serves who waits', async () => {
    const pool = poolOf({ native: { maxPoolSize: 1 } });
    const first = await pool.checkout();
    const waiting = pool.extract(articlePage);
    expect(pool.poolStatus()).toMatchObject({ active: 1, waiting: 1, max: 1, utilization: 1 });
    expect((await first.extract(articlePage)).title).toBe('The tides of the bay');
    first.release();
    first.release();
    expect((await waiting).title).toBe('The tides of the bay');
    expect(pool.poolStatus()).toMatchObject({ active: 0, waiting: 0, utilization: 0 });
    expect(pool.metrics()).toMatchObject({ created: 1, reused: 1, totalExtractions: 2 });
  });

  it('lends what also takes a selector alone, and tells it from an address', async () => {
    const pool = poolOf();
    using lease = await pool.checkout();
    expect((await lease.extract(articlePage, 'blockquote')).text).toBe(
      'The sea keeps its own clock.',
    );
    expect((await lease.extract(articlePage, 'a:first-of-type')).strategy).toBe('selectors');
    expect(await lease.extract(articlePage, 'https://example.com/news')).toMatchObject({
      url: 'https://example.com/news',
      strategy: 'readability',
    });
    expect((await lease.extract(articlePage)).strategy).toBe('readability');
    // With a mode it is an address, and a bad one is refused.
    expect(await codeOf(lease.extract(articlePage, 'h1', 'full'))).toBe('ERR_EXTRACT_INVALID_URL');
    expect(await codeOf(lease.extract(articlePage, 'h1 >'))).toMatch(/^ERR_EXTRACT_.*SELECTOR/);
  });

  it('gives up waiting when the signal aborts, and leaves nobody in line', async () => {
    const pool = poolOf({ native: { maxPoolSize: 1 } });
    using _held = await pool.checkout();
    const abort = new AbortController();
    const waiting = pool.extract(articlePage, undefined, 'article', { signal: abort.signal });
    abort.abort(new Error('enough'));
    expect(await codeOf(waiting)).toBe('ERR_POOL_ABORTED');
    expect(pool.poolStatus().waiting).toBe(0);
  });

  it('gives up waiting after acquireTimeoutMs, naming the pool', async () => {
    const pool = poolOf({ name: 'pages', acquireTimeoutMs: 10, native: { maxPoolSize: 1 } });
    using _held = await pool.checkout();
    await expect(pool.extract(articlePage)).rejects.toThrow(/pages:article/);
    expect(await codeOf(pool.checkout({ timeoutMs: 1 }))).toBe('ERR_POOL_TIMEOUT');
  });
});

describe('the pool', () => {
  it('is warm after ready, and idle is not in use', async () => {
    const pool = poolOf({ native: { minPoolSize: 2, maxPoolSize: 8 } });
    await pool.ready();
    expect(pool.poolStatus()).toMatchObject({
      state: 'open',
      total: 2,
      available: 2,
      active: 0,
      utilization: 0,
    });
    expect(pool.poolStatus().health).toBe(100);
  });

  it('closes once, in every state, and takes no more pages', async () => {
    const pool = poolOf();
    const lease = await pool.checkout();
    const closing = pool.close();
    expect(pool.poolStatus().state).toBe('closing');
    lease.release();
    await Promise.all([closing, pool.close()]);
    expect(pool.poolStatus()).toMatchObject({ state: 'closed', total: 0 });
    const refused = await pool.extract(articlePage).catch((error: unknown) => error);
    expect(PoolError.is(refused, 'ERR_POOL_CLOSED')).toBe(true);
  });

  it('refuses unknown options with a suggestion, at once', () => {
    expect(() => createExtractionPool({ acquireTimeout: 5 } as never)).toThrow(/acquireTimeoutMs/);
    expect(() => createExtractionPool({ native: { maxPoolsize: 5 } as never })).toThrow(
      /maxPoolSize/,
    );
    expect(() => createExtractionPool({ extractionTimeoutMs: -1 })).toThrow(/extractionTimeoutMs/);
  });

  it('counts every extraction once, as a success or as a failure', async () => {
    const pool = poolOf({ native: { maxPoolSize: 3 } });
    const pages = [articlePage, '', articlePage, 'no tag', articlePage];
    const results = await Promise.allSettled(pages.map((page) => pool.extract(page)));
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
    const metrics = pool.metrics();
    expect(metrics.successfulExtractions + metrics.failedExtractions).toBe(
      metrics.totalExtractions,
    );
    expect(metrics).toMatchObject({ totalExtractions: 5, failedExtractions: 2, refusedPages: 2 });
    expect(metrics.avgProcessingTimeMs).toBeGreaterThan(0);
    expect(ExtractError.is((results[1] as PromiseRejectedResult).reason)).toBe(true);
  });
});
