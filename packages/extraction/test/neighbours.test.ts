import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AdvancedInstancePool, type ExtractedDoc } from '../src/index.js';
import { articlePage } from './pages.js';

// Only there so that a test that hangs ends: the facts are orders, counts and what each page came back with.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const adapter = fileURLToPath(new URL('../../wasm-adapter/', import.meta.url));
/** The extractor, except that a page can tell it to loop, to trap or to eat memory. */
const component = path.join(adapter, 'guests', 'built', 'troubled.wasm');
const address = 'https://example.com/news/tides';
const open: AdvancedInstancePool[] = [];

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'test/support/build-guests.ts'], {
    cwd: adapter,
  });
});
afterEach(() => Promise.all(open.splice(0).map((pool) => pool.close())));

type Page = 'good' | 'loops' | 'traps' | 'eats';

/** Every page is one that the native parser reads as well. */
const htmlOf = (page: Page): string =>
  page === 'good' ? articlePage : articlePage.replace('<body>', `<body data-trouble="${page}">`);

/** A pool of `max` workers, each of which has read a page. The breaker is out of the way. */
async function poolOf(max: number, extractionTimeoutMs: number): Promise<AdvancedInstancePool> {
  const pool = new AdvancedInstancePool(
    {
      wasm: { initialPoolSize: max, maxPoolSize: max, memoryLimitBytes: 64 * 1_048_576 },
      breaker: { failureThreshold: 1_000 },
      extractionTimeoutMs,
    },
    component,
  );
  open.push(pool);
  // The first page waits for the component, all further ones for their workers.
  await pool.extract(articlePage, address);
  await pool.ready();
  await Promise.all(Array.from({ length: max }, () => pool.extract(articlePage, address)));
  return pool;
}

/** Reads pages all at once, and tells in which order they came back. */
async function readAll(pool: AdvancedInstancePool, pages: readonly Page[]) {
  const order: Page[] = [];
  const documents = await Promise.all(
    pages.map(async (page): Promise<[Page, ExtractedDoc]> => {
      const document = await pool.extract(htmlOf(page), address);
      order.push(page);
      return [page, document];
    }),
  );
  return { order, documents };
}

/** Who read a page, and why: `good: wasm`, `loops: native after deadline`. */
function storyOf([page, { title, parserMetadata }]: [Page, ExtractedDoc]): string {
  expect(title).toBe('The tides of the bay');
  const { parserUsed, fallbackTrigger } = parserMetadata;
  return `${page}: ${parserUsed}${fallbackTrigger === undefined ? '' : ` after ${fallbackTrigger}`}`;
}

/** The pool has all its instances, and each of them reads. */
async function expectWhole(pool: AdvancedInstancePool, max: number): Promise<void> {
  expect(pool.poolStatus()).toMatchObject({ active: 0, waiting: 0, max });
  const leases = await Promise.all(Array.from({ length: max }, () => pool.checkout()));
  const reading = Promise.all(leases.map((lease) => lease.extract(articlePage, address)));
  const documents = await reading.finally(() => {
    for (const lease of leases) lease.release();
  });
  expect(documents.map((document) => storyOf(['good', document]))).toEqual(
    Array(max).fill('good: wasm'),
  );
}

describe('one page that makes its guest loop, among many good ones', () => {
  it('comes back last, read natively; all others were answered while it ran', async () => {
    const pool = await poolOf(2, 5_000);
    const before = pool.metrics();
    const { order, documents } = await readAll(pool, ['loops', ...Array<Page>(20).fill('good')]);
    expect(order).toEqual([...Array(20).fill('good'), 'loops']);
    expect(documents.map(storyOf).toSorted()).toEqual([
      ...Array(20).fill('good: wasm'),
      'loops: native after deadline',
    ]);
    expect(pool.metrics()).toMatchObject({
      fallbackExtractions: before.fallbackExtractions + 1,
      epochTimeouts: 1,
      waiting: 0,
    });
    await expectWhole(pool, 2);
  });

  it('delays the others by one deadline and no more where there is no other instance', async () => {
    const pool = await poolOf(1, 3_000);
    const pages: Page[] = ['loops', 'good', 'good', 'good'];
    const { documents } = await readAll(pool, pages);
    // Had they waited for anything but that one deadline, they would have come to deadlines of their own.
    expect(documents.map(storyOf)).toEqual([
      'loops: native after deadline',
      ...Array(3).fill('good: wasm'),
    ]);
    expect(pool.metrics().epochTimeouts).toBe(1);
    await expectWhole(pool, 1);
  });
});

describe('pages that loop, trap and eat memory, among good ones', () => {
  it('cost no good page its answer, and the pool none of its capacity', async () => {
    const pool = await poolOf(2, 4_000);
    const pages: Page[] = ['loops', 'good', 'traps', 'good', 'eats', 'good', 'loops', 'good'];
    const { documents } = await readAll(pool, pages);
    expect(documents.map(storyOf).toSorted()).toEqual([
      'eats: native after memory-limit',
      ...Array(4).fill('good: wasm'),
      ...Array(2).fill('loops: native after deadline'),
      'traps: native after trap',
    ]);
    const { fallbacksByTrigger, epochTimeouts } = pool.metrics();
    expect({ ...fallbacksByTrigger, epochTimeouts }).toMatchObject({
      deadline: 2,
      trap: 1,
      'memory-limit': 1,
      epochTimeouts: 2,
    });
    expect(pool.circuitBreakerState().kind).toBe('closed');
    await expectWhole(pool, 2);
  });

  it('leave nothing behind: what traps over and over is read natively over and over', async () => {
    const pool = await poolOf(2, 30_000);
    const pages = Array.from(
      { length: 12 },
      (_, index): Page => (index % 2 === 0 ? 'traps' : 'good'),
    );
    const { documents } = await readAll(pool, pages);
    expect(documents.map(storyOf)).toEqual(
      pages.map((page) => (page === 'good' ? 'good: wasm' : 'traps: native after trap')),
    );
    await expectWhole(pool, 2);
  });
});
