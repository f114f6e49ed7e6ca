import { ManualClock } from '@rockpool/core/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Program, ViewPool, ViewPoolStats } from '../src/index.js';
import { bytes, text } from './support/bytes.js';
import { nothing, numberOf, u32, writing } from './support/chain.js';
import { guestPath } from './support/guests.js';
import { indexedRuntime, poolOn } from './support/pools.js';
import { RecordingLogger } from './support/recording-logger.js';

const codeOf = (code: string) => expect.objectContaining({ code });
// Long enough to be seen running, short enough for a test.
const LONG = u32(60_000);
const FOREVER = 'spin';

beforeAll(async () => void (await guestPath('indexer')), 120_000);

describe('a view pool', { timeout: 60_000 }, () => {
  it('answers as the runtime does, views, heights and errors', async () => {
    const runtime = await indexedRuntime(3);
    const pool = await poolOn(runtime, { poolSize: 2 });
    const calls = [
      ['getvalue', 'a', 0],
      ['getvalue', 'a', 2],
      ['getvalue', 'a', 9],
      ['echo', 'input', 1],
      ['badresult', '', 0],
      ['boom', '', 0],
      ['nope', '', 0],
      ['missingimport', '', 0],
      ['tiny', '', -1],
    ] as const;
    for (const [name, input, height] of calls) {
      const answer = (call: Promise<Uint8Array>) =>
        call.then(text, ({ name, code, message }) => ({ name, code, message }));
      expect(await answer(pool.view(name, bytes(input), height))).toEqual(
        await answer(runtime.view(name, bytes(input), height)),
      );
    }
  });

  it('compiles the module once for all threads', async () => {
    const before = Program.compilations;
    const runtime = await indexedRuntime(1);
    // With the program of the sources, as it is found without being told.
    const pool = await poolOn(runtime, { poolSize: 3, workerUrl: undefined });
    await Promise.all(Array.from({ length: 9 }, () => pool.view('tiny', nothing, 0)));
    expect(Program.compilations - before).toBe(1);
    expect(pool.stats().extras).toMatchObject({
      liveRuntimes: 3,
      runtimes: { compilations: 0, instances: 3 },
    });
  });

  it('gives each runtime its own memory', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 2, dispatch: 'round-robin' });
    const counts = [];
    for (let i = 0; i < 6; i++) counts.push(numberOf(await pool.view('count', nothing, 0)));
    expect(counts).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('runs views at the same time: a fast one is not behind a slow one', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 2 });
    const finished: string[] = [];
    const slow = pool.view('slow', LONG, 0).then(() => finished.push('slow'));
    for (let i = 0; i < 5; i++)
      await pool.view('tiny', nothing, 0).then(() => finished.push('fast'));
    await slow;
    expect(finished).toEqual(['fast', 'fast', 'fast', 'fast', 'fast', 'slow']);
  });

  it('deals strictly in turn when told to: nine calls over three runtimes are three each', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 3, dispatch: 'round-robin' });
    const calls = Array.from({ length: 9 }, () => pool.view('count', nothing, 0));
    const counts = (await Promise.all(calls)).map(numberOf);
    expect(counts.sort()).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  });

  it('asks a function of yours which runtime gets a view', async () => {
    const seen: unknown[] = [];
    const pool = await poolOn(await indexedRuntime(1), {
      poolSize: 3,
      dispatch: (view, runtimes) => {
        seen.push([view, runtimes]);
        if (view.name === 'boom') throw new Error('my own mistake');
        return view.name === 'count' ? 2 : 7;
      },
    });
    const counts = await Promise.all([1, 2, 3].map(() => pool.view('count', nothing, 0)));
    expect(counts.map(numberOf)).toEqual([1, 2, 3]);
    const idle = { busy: false };
    const places = [0, 1, 2].map((place) => ({ place, ...idle }));
    expect(seen[0]).toEqual([{ name: 'count', height: 0 }, places]);
    await expect(pool.view('tiny', nothing, 0)).rejects.toThrow(codeOf('ERR_VIEW_ARGUMENT'));
    await expect(pool.view('boom', nothing, 0)).rejects.toThrow('my own mistake');
    expect(pool.stats()).toMatchObject({
      availablePermits: 6,
      config: { dispatch: 'custom' },
      extras: { succeeded: 3, failed: 2 },
    });
  });

  it('follows its load between autoscale.min and poolSize, when told to', async () => {
    const clock = new ManualClock();
    const pool = await poolOn(await indexedRuntime(1), {
      poolSize: 3,
      autoscale: { min: 1 },
      clock,
    });
    const live = (count: number) =>
      vi.waitFor(() => expect(pool.stats().extras?.liveRuntimes).toBe(count), 20_000);
    expect(pool.stats()).toMatchObject({ poolSize: 1, maxConcurrentRequests: 6 });
    const stop = new AbortController();
    const { signal } = stop;
    const load = [1, 2, 3, 4].map(() => pool.view(FOREVER, nothing, 0, { signal }));
    await clock.advance(1_000);
    expect(pool.stats().poolSize).toBe(3);
    await live(3);
    expect(() => pool.resize(2)).toThrow(codeOf('ERR_VIEW_ARGUMENT'));
    stop.abort();
    await Promise.all(load.map((v) => expect(v).rejects.toThrow(codeOf('ERR_VIEW_ABORTED'))));
    await clock.advance(100);
    await clock.advance(61_000);
    expect(pool.stats()).toMatchObject({ poolSize: 1, availablePermits: 6 });
    await live(1);
    expect(text(await pool.view('tiny', nothing, 0))).toBe('ok');
  });

  it('sends views with one key to one runtime', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 3 });
    const counts = async (affinityKey: string) => {
      const calls = Array.from({ length: 4 }, () =>
        pool.view('count', nothing, 0, { affinityKey }),
      );
      return (await Promise.all(calls)).map(numberOf);
    };
    expect(await counts('alice')).toEqual([1, 2, 3, 4]);
    const spread = await Promise.all(Array.from({ length: 20 }, (_, i) => counts(`key ${i}`)));
    expect(new Set(spread.map(([first]) => first)).size).toBeGreaterThan(1);
  });

  it('is never stale: after a block and after a reorganisation each runtime sees the new values', async () => {
    const runtime = await indexedRuntime(1);
    const pool = await poolOn(runtime, { poolSize: 2, dispatch: 'round-robin' });
    const ask = async (height: number) =>
      (await Promise.all([0, 1].map(() => pool.view('cached', bytes('a'), height)))).map(text);
    expect(await ask(1)).toEqual(['a0', 'a0']);
    await runtime.run(writing(1, { a: 'a1' }));
    expect(await ask(1)).toEqual(['a1', 'a1']);
    await runtime.rollback(0);
    expect(await ask(1)).toEqual(['a0', 'a0']);
    await runtime.run(writing(1, { a: 'other' }, 1));
    expect(await ask(1)).toEqual(['other', 'other']);
  });

  it('stops a view that loops at its deadline and is whole again afterwards', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 2 });
    const loops = [1, 2].map(() => pool.view(FOREVER, nothing, 0, { deadlineMs: 50 }));
    await Promise.all(loops.map((l) => expect(l).rejects.toThrow(codeOf('ERR_VIEW_DEADLINE'))));
    const after = await Promise.all([1, 2, 3, 4].map(() => pool.view('tiny', nothing, 0)));
    expect(after.map(text)).toEqual(['ok', 'ok', 'ok', 'ok']);
    await vi.waitFor(() => expect(pool.stats().extras?.liveRuntimes).toBe(2), 20_000);
    expect(pool.stats().extras).toMatchObject({ deadlines: 2, replaced: 2, succeeded: 4 });
    expect(pool.stats().availablePermits).toBe(4);
  });

  it('answers an abort at once, lets a short view end, and stops a long one', async () => {
    const runtime = await indexedRuntime(1);
    for (const [name, abortGraceMs, replaced] of [
      ['slow', 15_000, 0],
      [FOREVER, 50, 1],
    ] as const) {
      const pool = await poolOn(runtime, { poolSize: 1, abortGraceMs });
      const controller = new AbortController();
      const view = pool.view(name, LONG, 0, { signal: controller.signal });
      // By then the view runs.
      setImmediate(() => controller.abort('enough'));
      await expect(view).rejects.toMatchObject({ code: 'ERR_VIEW_ABORTED', cause: 'enough' });
      expect(pool.stats().activeRequests()).toBe(1);
      expect(text(await pool.view('tiny', nothing, 0))).toBe('ok');
      expect(pool.stats().extras).toMatchObject({ aborted: 1, replaced });
      expect(pool.stats().availablePermits).toBe(2);
    }
  });

  it('lets who waits leave the line, and leaks no place', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 1, maxConcurrentRequests: 2 });
    const busy = pool.view('slow', LONG, 0);
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = [1, 2, 3].map(() => pool.view('tiny', nothing, 0, { signal }));
    expect(pool.stats().extras?.queued).toBe(2);
    controller.abort();
    await Promise.all(waiting.map((v) => expect(v).rejects.toThrow(codeOf('ERR_VIEW_ABORTED'))));
    await busy;
    expect(pool.stats()).toMatchObject({
      availablePermits: 2,
      extras: { queued: 0, aborted: 3, replaced: 0 },
    });
  });

  it('refuses more than may wait, and whoever waits for too long', async () => {
    const pool = await poolOn(await indexedRuntime(1), {
      poolSize: 1,
      maxConcurrentRequests: 1,
      maxQueue: 1,
      acquireTimeoutMs: 30,
    });
    const busy = pool.view(FOREVER, nothing, 0, { deadlineMs: 2_000 });
    const second = pool.view('tiny', nothing, 0);
    await expect(pool.view('tiny', nothing, 0)).rejects.toThrow(codeOf('ERR_POOL_QUEUE_FULL'));
    await expect(second).rejects.toThrow(codeOf('ERR_POOL_TIMEOUT'));
    await expect(busy).rejects.toThrow(codeOf('ERR_VIEW_DEADLINE'));
    expect(pool.stats().extras).toMatchObject({ refused: 2, deadlines: 1 });
  });

  it('never runs more views than it may, even with more runtimes', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 2, maxConcurrentRequests: 1 });
    await Promise.all(Array.from({ length: 6 }, () => pool.view('slow', u32(100), 0)));
    expect(pool.stats().extras?.peakActive).toBe(1);
  });

  it('can be made larger and smaller under load, and loses nothing', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 2 });
    const load = Array.from({ length: 60 }, () => pool.view('slow', u32(300), 0));
    pool.resize(4);
    expect(pool.stats()).toMatchObject({ poolSize: 4, maxConcurrentRequests: 8 });
    expect(pool.stats().activeRequests()).toBe(8);
    pool.resize(1);
    const shrunk = pool.stats();
    expect(shrunk).toMatchObject({ poolSize: 1, maxConcurrentRequests: 2, availablePermits: 0 });
    expect(shrunk.activeRequests()).toBe(2);
    expect(shrunk.utilizationPercentage()).toBe(100);
    await Promise.all(load);
    await vi.waitFor(() => expect(pool.stats().extras?.liveRuntimes).toBe(1), 20_000);
    expect(pool.stats()).toMatchObject({
      availablePermits: 2,
      extras: { succeeded: 60, replaced: 0 },
    });
    expect(() => pool.resize(0)).toThrow(/poolSize: must be a whole number of at least 1/);
    expect(pool.stats().poolSize).toBe(1);
  });

  it('counts every request, field by field', async () => {
    const runtime = await indexedRuntime(2);
    const pool = await poolOn(runtime, { poolSize: 2, cache: { limitBytes: 1_000_000 } });
    for (let i = 0; i < 4; i++) await pool.view('getvalue', bytes('a'), 1);
    await expect(pool.view('boom', nothing, 1)).rejects.toThrow(/unreachable/);
    const stats = pool.stats();
    expect(stats.toUpstreamJSON()).toEqual({
      pool_size: 2,
      available_permits: 4,
      max_concurrent_requests: 4,
      total_requests_processed: 5,
      config: { pool_size: 2, max_concurrent_requests: null, enable_logging: false },
    });
    expect(stats.activeRequests()).toBe(0);
    expect(stats.extras).toMatchObject({
      succeeded: 4,
      failed: 1,
      aborted: 0,
      refused: 0,
      queued: 0,
      peakActive: 1,
    });
    expect(stats.extras?.runtimes).toMatchObject({ statefulViews: 4, recycled: { trap: 1 } });
    expect(pool.lruCacheStats().height).toMatchObject({ hits: 2, misses: 2, items: 2 });
  });

  it('keeps answering after traps, on every runtime', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 2 });
    for (let i = 0; i < 6; i++) {
      const both = [1, 2].map(() => pool.view('boom', nothing, 0));
      await Promise.all(both.map((boom) => expect(boom).rejects.toThrow(codeOf('ERR_VIEW_TRAP'))));
      const counts = await Promise.all([1, 2].map(() => pool.view('count', nothing, 0)));
      expect(counts.map(numberOf)).toEqual([1, 1]);
    }
    expect(pool.stats().extras?.replaced).toBe(0);
  });

  it('previews in a thread of its own: views go on meanwhile', async () => {
    const runtime = await indexedRuntime(1);
    const pool = await poolOn(runtime, { poolSize: 1 });
    const block = writing(1, { a: 'preview' }).bytes;
    const order = Buffer.concat([Buffer.from('slw!'), LONG]);
    expect(text(await pool.preview(block, 'getvalue', bytes('a'), 0))).toBe('preview');
    const finished: string[] = [];
    const preview = pool.preview(order, 'tiny', nothing, 0).then(() => finished.push('preview'));
    for (let i = 0; i < 3; i++)
      await pool.view('tiny', nothing, 0).then(() => finished.push('view'));
    await preview;
    expect(finished).toEqual(['view', 'view', 'view', 'preview']);
    await expect(pool.preview(block, FOREVER, nothing, 0, { deadlineMs: 50 })).rejects.toThrow(
      codeOf('ERR_VIEW_DEADLINE'),
    );
    expect(text(await pool.preview(block, 'tiny', nothing, 0))).toBe('ok');
  });

  it('grows when it is idle', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 1 });
    pool.resize(3);
    await vi.waitFor(() => expect(pool.stats().extras?.liveRuntimes).toBe(3), 20_000);
    const views = Array.from({ length: 3 }, () => pool.view('count', nothing, 0));
    expect((await Promise.all(views)).map(numberOf)).toEqual([1, 1, 1]);
  });

  it('is closed after its last view, then refuses', async () => {
    const pool = await poolOn(await indexedRuntime(1), { poolSize: 1 });
    const last = pool.view('slow', u32(1_000), 0);
    const closed = pool.close();
    await expect(last).resolves.toBeDefined();
    await closed;
    await expect(pool.view('tiny', nothing, 0)).rejects.toThrow(codeOf('ERR_VIEW_CLOSED'));
  });

  it('logs views and what guests say only when told to', async () => {
    const runtime = await indexedRuntime(1);
    for (const enableLogging of [false, true]) {
      const logger = new RecordingLogger();
      const pool = await poolOn(runtime, { poolSize: 1, logger, enableLogging });
      await pool.view('talk', bytes('hello'), 0);
      const expected = [
        'info hello',
        "debug Executed view function 'talk' in stateful mode, memory state preserved",
      ];
      expect(logger.lines).toEqual(enableLogging ? expected : []);
      await pool.close();
    }
  });
});

describe('the configuration of a view pool', () => {
  it('is checked before anything is started', async () => {
    const runtime = await indexedRuntime(0);
    const config = { poolSize: 0, maxConcurrentRequests: 0, loging: true } as never;
    await expect(ViewPool.create(runtime, config)).rejects.toThrow(
      /poolSize: must be.*maxConcurrentRequests: must be.*loging: is not an option/s,
    );
    const autoscale = { poolSize: 2, autoscale: { min: 3 } };
    await expect(ViewPool.create(runtime, autoscale)).rejects.toThrow(
      /autoscale.*more than poolSize/,
    );
    await expect(ViewPool.create(runtime, { dispatch: 'luck' as never })).rejects.toThrow(
      /dispatch: must be least-busy, round-robin, random or a function/,
    );
  });
});

describe('the statistics of a view pool', () => {
  it('know active requests and utilisation', () => {
    const config = {
      poolSize: 4,
      maxConcurrentRequests: 8,
      enableLogging: false,
      dispatch: 'least-busy',
    } as const;
    const numbers = {
      poolSize: 4,
      availablePermits: 6,
      maxConcurrentRequests: 8,
      totalRequestsProcessed: 0,
      config,
    };
    const stats = new ViewPoolStats(numbers);
    expect([stats.activeRequests(), stats.utilizationPercentage()]).toEqual([2, 25]);
    const none = new ViewPoolStats({ ...numbers, maxConcurrentRequests: 0, availablePermits: 0 });
    expect(none.utilizationPercentage()).toBe(0);
    const more = new ViewPoolStats({ ...numbers, maxConcurrentRequests: 2, availablePermits: 8 });
    expect(more.activeRequests()).toBe(0);
  });
});
