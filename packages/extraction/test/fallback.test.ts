import { settle } from '@rockpool/core/testing';
import { EventBus } from '@rockpool/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  configure,
  createExtractionPool,
  type ExtractionFailedError,
  FALLBACK_TRIGGERS,
  type FallbackTrigger,
} from '../src/index.js';
import { articlePage } from './pages.js';
import { guarded, open } from './support/guarded.js';
import { coded, ScriptedPath } from './support/scripted-path.js';

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A busy machine takes its time. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

describe('a page that the primary path reads', () => {
  it('is read by it alone', async () => {
    const { pool } = guarded();
    const doc = await pool.extract(articlePage);
    expect(doc).toMatchObject({
      title: 'by the primary path',
      parserMetadata: { parserUsed: 'wasm', fallbackOccurred: false },
    });
    expect(pool.metrics()).toMatchObject({
      totalExtractions: 1,
      successfulExtractions: 1,
      fallbackExtractions: 0,
    });
  });
});

describe('with metrics off', () => {
  it('every figure is 0, and breaker, health and status go on', async () => {
    const configuration = configure({ argument: { enableMetrics: false } });
    const { pool, path } = guarded({ configuration });
    path.script = () => Promise.reject(coded('ERR_WASM_TRAP'));
    for (let page = 0; page < 6; page += 1) await pool.extract(articlePage);
    const { state, total, available, max, health, fallbacksByTrigger, ...figures } = pool.metrics();
    expect({ state, total, available, max }).toEqual({
      state: 'open',
      total: 1,
      available: 1,
      max: 2,
    });
    expect(health).toBeGreaterThan(0);
    expect(new Set([...Object.values(figures), ...Object.values(fallbacksByTrigger)])).toEqual(
      new Set([0]),
    );
    expect(pool.breaker).toMatchObject({ trips: 1, state: { kind: 'open' } });
    expect(pool.healthStatus()).toMatchObject({ breaker: 'open', signs: { fallbackRate: 1 } });
  });
});

describe('each trigger', () => {
  /** Ways for the primary path to fail, one for each trigger. */
  const ways: Record<FallbackTrigger, () => ReturnType<typeof guarded>> = {
    'breaker-open': () => {
      const made = guarded();
      made.pool.breaker.trip(new Error('tripped by hand'));
      return made;
    },
    instantiation: () =>
      guarded({
        path: new ScriptedPath({
          create: () => {
            throw new Error('no instance');
          },
        }),
      }),
    deadline: () => failing('ERR_WASM_DEADLINE'),
    'memory-limit': () => failing('ERR_WASM_MEMORY_LIMIT'),
    component: () =>
      guarded({ primary: () => Promise.reject(new Error('ENOENT: extractor.wasm')) }),
    'acquire-timeout': () => {
      const made = guarded({ path: new ScriptedPath({ max: 1 }), acquireTimeoutMs: 20 });
      void made.path.pool.acquire();
      made.path.checkout = (options) =>
        ScriptedPath.prototype.checkout.call(made.path, { ...options, timeoutMs: 20 });
      return made;
    },
    trap: () => failing('ERR_WASM_TRAP'),
    refused: () => failing('ERR_EXTRACTION_REFUSED'),
  };

  function failing(code: string): ReturnType<typeof guarded> {
    const made = guarded();
    made.path.script = () => Promise.reject(coded(code, `the guest failed: ${code}`));
    return made;
  }

  it.each(FALLBACK_TRIGGERS)(
    '%s leads to the native parser, is marked and counted once',
    async (trigger) => {
      const { pool, path } = ways[trigger]();
      const doc = await pool.extract(articlePage, 'https://example.com/news/tides');
      expect(doc.title).toBe('The tides of the bay');
      expect(doc.parserMetadata).toMatchObject({
        parserUsed: 'native',
        fallbackOccurred: true,
        fallbackTrigger: trigger,
        extractionPath: 'readability',
      });
      expect(doc.parserMetadata.primaryError).toEqual(expect.stringMatching(/./));
      const metrics = pool.metrics();
      expect(metrics.fallbacksByTrigger[trigger]).toBe(1);
      expect(metrics).toMatchObject({
        totalExtractions: 1,
        successfulExtractions: 1,
        fallbackExtractions: 1,
      });
      await path.pool.close({ force: true });
    },
  );

  it.each(FALLBACK_TRIGGERS)('%s is told on the bus', async (trigger) => {
    const { pool, path } = ways[trigger]();
    // The bus of a pool is given when it is made: make the same failure on one that has a bus.
    const bus = new EventBus();
    const told: string[] = [];
    bus.on('extraction.*', (event) => told.push(`${event.eventType} ${event.errorDetails ?? ''}`));
    const tripped = trigger === 'breaker-open';
    const loud = createExtractionPool({
      bus,
      primary: () => (trigger === 'component' ? Promise.reject(new Error('missing')) : path),
    });
    open.push(loud);
    if (tripped) loud.breaker.trip();
    await loud.extract(articlePage);
    expect(told.map((each) => each.split(' ')[0])).toEqual([
      'extraction.started',
      'extraction.fallback_used',
      'extraction.completed',
    ]);
    expect(told[1]).toContain(`${trigger}: `);
    await pool.close();
    await path.pool.close({ force: true });
    await bus.close();
  });

  it('without a fallback is the caller’s', async () => {
    const configuration = configure({ argument: { enableFallback: false } });
    const path = new ScriptedPath();
    path.script = () => Promise.reject(coded('ERR_WASM_TRAP'));
    const { pool } = guarded({ configuration, path });
    expect(await errorOf(pool.extract(articlePage))).toMatchObject({ code: 'ERR_WASM_TRAP' });
    pool.breaker.trip();
    expect(await errorOf(pool.extract(articlePage))).toMatchObject({
      code: 'ERR_POOL_BREAKER_OPEN',
    });
    expect(pool.metrics()).toMatchObject({ fallbackExtractions: 0, failedExtractions: 1 });
  });
});

describe('when both ways fail', () => {
  it('one error has both causes', async () => {
    const { pool, path } = guarded();
    path.script = () => Promise.reject(coded('ERR_WASM_TRAP', 'unreachable'));
    const error = (await errorOf(pool.extract('  '))) as ExtractionFailedError;
    expect(error).toMatchObject({ code: 'ERR_EXTRACTION_FAILED', name: 'ExtractionFailedError' });
    expect(error.message).toMatch(
      /^Both WASM \(unreachable\) and native \(.+\) extraction failed$/,
    );
    expect(error.cause).toBe(error.primaryError);
    expect(error.errors).toEqual([error.primaryError, error.fallbackError]);
    expect(error.fallbackError).toMatchObject({ code: 'ERR_EXTRACT_EMPTY_INPUT' });
    expect(pool.metrics()).toMatchObject({ failedExtractions: 1, refusedPages: 0 });
  });

  it('a page that only the native parser has seen is judged by it alone', async () => {
    const { pool } = guarded();
    pool.breaker.trip();
    expect(await errorOf(pool.extract('  '))).toMatchObject({ code: 'ERR_EXTRACT_EMPTY_INPUT' });
    expect(pool.metrics()).toMatchObject({ failedExtractions: 1, refusedPages: 1 });
  });
});

describe('the breaker', () => {
  it('opens after five failures, spares the primary path, and closes after two good trials', async () => {
    const { pool, path, clock } = guarded();
    let asked = 0;
    path.script = () => {
      asked += 1;
      return Promise.reject(coded('ERR_WASM_TRAP'));
    };
    for (let page = 0; page < 8; page++) await pool.extract(articlePage);
    expect(asked).toBe(5);
    expect(pool.circuitBreakerState().kind).toBe('open');
    expect(pool.metrics()).toMatchObject({
      circuitBreakerTrips: 1,
      fallbackExtractions: 8,
      successfulExtractions: 8,
      fallbacksByTrigger: { trap: 5, 'breaker-open': 3 },
    });
    path.script = () => Promise.resolve({ title: 'well again', text: '' });
    clock.jump(30_000);
    expect((await pool.extract(articlePage)).title).toBe('well again');
    expect(pool.circuitBreakerState().kind).toBe('half-open');
    expect((await pool.extract(articlePage)).title).toBe('well again');
    expect(pool.circuitBreakerState().kind).toBe('closed');
  });

  it('lets one trial through and sends everybody else to the fallback at once', async () => {
    const { pool, path, clock } = guarded({ path: new ScriptedPath({ max: 8 }) });
    pool.breaker.trip();
    clock.jump(30_000);
    const answers: (() => void)[] = [];
    path.script = () =>
      new Promise((resolve) => answers.push(() => resolve({ title: 'trial', text: '' })));
    const pages = Promise.all(Array.from({ length: 5 }, () => pool.extract(articlePage)));
    await settle();
    await eventually(() => pool.metrics().successfulExtractions).toBe(4);
    expect(answers.length).toBe(1);
    for (const answer of answers) answer();
    const titles = (await pages).map(({ title }) => title);
    expect(titles.filter((title) => title === 'trial').length).toBe(1);
  });

  it('is not told of pages that the guest refuses, of a full pool, or of callers who gave up', async () => {
    const { pool, path } = guarded();
    path.script = () => Promise.reject(coded('ERR_EXTRACTION_REFUSED'));
    for (let page = 0; page < 10; page++) await pool.extract(articlePage);
    path.script = () => Promise.reject(coded('ERR_POOL_TIMEOUT'));
    for (let page = 0; page < 10; page++) await pool.extract(articlePage);
    const abort = new AbortController();
    abort.abort();
    const { signal } = abort;
    for (let page = 0; page < 10; page++) {
      const gone = pool.extract(articlePage, undefined, 'article', { signal });
      expect(await errorOf(gone)).toMatchObject({ code: 'ERR_POOL_ABORTED' });
    }
    expect(pool.circuitBreakerState()).toMatchObject({ kind: 'closed', failures: 0 });
    expect(pool.metrics().fallbackExtractions).toBe(20);
  });

  it('works by rate when a percentage is set', async () => {
    const configuration = configure({ argument: { circuitBreakerFailureThreshold: 40 } });
    const { pool, path } = guarded({ configuration });
    for (let page = 0; page < 6; page++) await pool.extract(articlePage);
    path.script = () => Promise.reject(coded('ERR_WASM_TRAP'));
    for (let page = 0; page < 4; page++) await pool.extract(articlePage);
    expect(pool.circuitBreakerState().kind).toBe('open');
  });

  it('loses no permit to loans without a page', async () => {
    const { pool, clock } = guarded();
    pool.breaker.trip();
    clock.jump(30_000);
    for (let loan = 0; loan < 5; loan++) (await pool.checkout()).release();
    expect(pool.circuitBreakerState()).toMatchObject({ kind: 'half-open', inFlight: 0 });
    expect((await pool.extract(articlePage)).title).toBe('by the primary path');
  });
});

describe('a component that cannot be used', () => {
  it('is tried again in the background, and used as soon as it can be', async () => {
    const path = new ScriptedPath();
    let attempts = 0;
    const primary = (): Promise<ScriptedPath> => {
      attempts += 1;
      return attempts < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(path);
    };
    const { pool, clock } = guarded({ primary, componentRetryMs: 1_000 });
    const parserOf = async (): Promise<string> =>
      (await pool.extract(articlePage)).parserMetadata.parserUsed;
    expect([await parserOf(), await parserOf(), attempts]).toEqual(['native', 'native', 1]);
    clock.jump(1_000);
    expect([await parserOf(), attempts]).toEqual(['native', 2]);
    clock.jump(1_000);
    await parserOf();
    await settle();
    expect([await parserOf(), attempts]).toEqual(['wasm', 3]);
    expect(pool.pools.map(({ name }) => name)).toEqual(['scripted', 'extraction:article']);
  });

  it('is closed with the pool, also when it is still being loaded', async () => {
    const path = new ScriptedPath();
    let loaded: () => void = () => {};
    const { pool } = guarded({
      primary: () =>
        new Promise((resolve) => {
          loaded = () => resolve(path);
        }),
    });
    const waiting = errorOf(pool.extract(articlePage));
    await settle();
    const closing = pool.close();
    loaded();
    await closing;
    expect(path.pool.state).toBe('closed');
    expect(await waiting).toMatchObject({ code: 'ERR_POOL_CLOSED' });
  });
});

describe('a loan', () => {
  it('reads one page after the other, each by the way that can', async () => {
    const { pool, path } = guarded();
    const loan = await pool.checkout();
    const readers: string[] = [];
    const read = async (): Promise<void> => {
      readers.push((await loan.extract(articlePage)).parserMetadata.parserUsed);
    };
    await read();
    path.script = () => Promise.reject(coded('ERR_WASM_TRAP'));
    await read();
    path.script = () => Promise.resolve({ text: '' });
    await read();
    loan.release();
    loan.release();
    expect(readers).toEqual(['wasm', 'native', 'wasm']);
    expect(path.pool.borrowed).toBe(0);
    expect(pool.pools.map((each) => each.stats().borrowed)).toEqual([0, 0]);
  });
});

describe('in any history', () => {
  it('every page ends once, and fallbacks by trigger add up', async () => {
    const codes = [
      '',
      'ERR_WASM_TRAP',
      'ERR_WASM_DEADLINE',
      'ERR_EXTRACTION_REFUSED',
      'ERR_POOL_TIMEOUT',
    ];
    const step = fc.record({
      code: fc.constantFrom(...codes),
      page: fc.constantFrom('<title>T</title><p>Words', ' '),
      passMs: fc.constantFrom(0, 0, 15_000, 30_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { pool, path, clock } = guarded();
        let [read, failed] = [0, 0];
        for (const { code, page, passMs } of steps) {
          clock.jump(passMs);
          path.script = () =>
            code === '' ? Promise.resolve({ text: '' }) : Promise.reject(coded(code));
          if ((await errorOf(pool.extract(page, undefined, 'full'))) === undefined) read += 1;
          else failed += 1;
        }
        const metrics = pool.metrics();
        const sum = Object.values(metrics.fallbacksByTrigger).reduce((a, b) => a + b, 0);
        expect(metrics).toMatchObject({
          successfulExtractions: read,
          failedExtractions: failed,
          totalExtractions: steps.length,
          fallbackExtractions: sum,
        });
        expect(pool.pools.every((each) => each.stats().borrowed === 0)).toBe(true);
        await pool.close();
      }),
      { numRuns: 60 },
    );
  });
});
