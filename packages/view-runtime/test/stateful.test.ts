import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  LmdbStore,
  MemoryStore,
  MetashrewRuntime,
  type RuntimeEvent,
  type RuntimeOptions,
  type ViewAnswerer,
} from '../src/index.js';
import { bytes, text } from './support/bytes.js';
import { nothing, numberOf, writing } from './support/chain.js';
import { temporaryFolder } from './support/folders.js';
import { type GuestName, guestBytes, guestPath } from './support/guests.js';
import { indexedRuntime, poolOn } from './support/pools.js';
import { RecordingLogger } from './support/recording-logger.js';

let modules: Readonly<Record<GuestName, Uint8Array>>;

beforeAll(async () => {
  await guestPath('indexer');
  const names: GuestName[] = ['indexer', 'height-safe', 'needs-memory', 'moody'];
  const read = names.map(async (name) => [name, await guestBytes(name)] as const);
  modules = Object.fromEntries(await Promise.all(read)) as never;
}, 120_000);

const runtime = (options?: RuntimeOptions, guest: GuestName = 'indexer') =>
  MetashrewRuntime.new(modules[guest], options);

const countOf = async (indexer: MetashrewRuntime, height = 0) =>
  numberOf(await indexer.view('count', nothing, height));

describe('stateful views', () => {
  it('are on by default, for a file and for bytes', async () => {
    expect((await runtime()).isStatefulViewsEnabled()).toBe(true);
    const loaded = await MetashrewRuntime.load(await guestPath('indexer'));
    expect(loaded.isStatefulViewsEnabled()).toBe(true);
  });

  it('keep the memory between views', async () => {
    const indexer = await runtime();
    expect([await countOf(indexer), await countOf(indexer), await countOf(indexer)]).toEqual([
      1, 2, 3,
    ]);
  });

  it('make one instance for a hundred views', async () => {
    const indexer = await runtime();
    for (let i = 0; i < 100; i++) await indexer.view('echo', bytes('x'), 0);
    expect(indexer.stats()).toMatchObject({ instances: 1, statefulViews: 100, freshViews: 0 });
  });

  it('give each of many concurrent calls its own input and height', async () => {
    const indexer = await runtime();
    const calls = Array.from({ length: 100 }, (_, i) =>
      indexer.view('echo', bytes(`call ${i}`), i),
    );
    const heights = Array.from({ length: 100 }, (_, i) => indexer.view('height', nothing, i));
    expect((await Promise.all(calls)).map(text)).toEqual(calls.map((_, i) => `call ${i}`));
    expect((await Promise.all(heights)).map(numberOf)).toEqual(heights.map((_, i) => i));
  });

  it('can be switched off, on, and begin with a new memory', async () => {
    const indexer = await runtime();
    await countOf(indexer);
    indexer.disableStatefulViews();
    expect(indexer.isStatefulViewsEnabled()).toBe(false);
    expect([await countOf(indexer), await countOf(indexer)]).toEqual([1, 1]);
    await indexer.enableStatefulViews();
    await indexer.enableStatefulViews();
    expect([await countOf(indexer), await countOf(indexer)]).toEqual([1, 2]);
    indexer.disableStatefulViews();
    indexer.enableStatefulViewsSync();
    expect(await countOf(indexer)).toBe(1);
  });

  it('begin lazily when asked to: no instance before the first view', async () => {
    const lazy = await runtime({ statefulViews: 'lazy' });
    expect(lazy.stats().instances).toBe(0);
    expect([await countOf(lazy), await countOf(lazy)]).toEqual([1, 2]);
    expect(lazy.stats().instances).toBe(1);
    const off = await runtime({ statefulViews: 'off' });
    expect([await countOf(off), await countOf(off)]).toEqual([1, 1]);
    expect(off.stats()).toMatchObject({ instances: 2, freshViews: 2 });
  });

  it('report the order of the start, and say in the log what they do', async () => {
    const events: RuntimeEvent['kind'][] = [];
    const logger = new RecordingLogger();
    const indexer = await runtime({ logger, onEvent: ({ kind }) => events.push(kind) });
    await indexer.view('tiny', nothing, 0);
    indexer.disableStatefulViews();
    expect(events).toEqual(['runtime.created', 'stateful.enabled', 'stateful.disabled']);
    expect(logger.lines).toEqual([
      'debug Enabling stateful views by default for persistent WASM memory',
      "debug Executed view function 'tiny' in stateful mode, memory state preserved",
    ]);
  });

  it('that cannot begin leave a warning and fresh instances', async () => {
    const logger = new RecordingLogger();
    const events: RuntimeEvent['kind'][] = [];
    const moody = await runtime({ logger, onEvent: ({ kind }) => events.push(kind) }, 'moody');
    expect(moody.isStatefulViewsEnabled()).toBe(false);
    expect(logger.lines.filter((line) => line.startsWith('warn'))).toEqual([
      'warn Failed to enable stateful views by default: the indexer cannot be instantiated: unreachable',
    ]);
    expect(events).toEqual(['runtime.created', 'stateful.failed']);
    expect(text(await moody.view('hello', bytes('x'), 0))).toBe('hi');
    expect(() => moody.enableStatefulViewsSync()).toThrow(
      expect.objectContaining({ code: 'ERR_VIEW_INSTANCE' }),
    );
  });

  it('warn through the process when nobody chose a logger', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    await runtime({}, 'needs-memory');
    expect((await warned).message).toMatch(/^Failed to enable stateful views by default: /);
  });
});

describe('a kept instance', () => {
  it('is never used again after a trap', async () => {
    const indexer = await runtime();
    await countOf(indexer);
    await expect(indexer.view('boom', nothing, 0)).rejects.toThrow(/unreachable/);
    expect(await countOf(indexer)).toBe(1);
    expect(indexer.stats().recycled.trap).toBe(1);
  });

  it('is never used again after it called abort', async () => {
    const indexer = await runtime();
    await countOf(indexer);
    await expect(indexer.view('fail', nothing, 0)).rejects.toThrow(/unreachable/);
    expect(await countOf(indexer)).toBe(1);
  });

  it('is replaced after maxUses views', async () => {
    const indexer = await runtime({ recycle: { maxUses: 2 } });
    const seen = [];
    for (let i = 0; i < 5; i++) seen.push(await countOf(indexer));
    expect(seen).toEqual([1, 2, 1, 2, 1]);
    expect(indexer.stats().recycled.uses).toBe(2);
  });

  it('is replaced when its memory has grown beyond maxPages', async () => {
    const indexer = await runtime({ recycle: { maxPages: 40 } });
    const pages = [];
    for (let i = 0; i < 6; i++) pages.push(numberOf(await indexer.view('hog', nothing, 0)));
    expect(Math.max(...pages)).toBeLessThanOrEqual(40 + 16);
    expect(indexer.stats().recycled.pages).toBe(2);
  });

  it('is replaced by a new tip: what it remembers would be stale', async () => {
    const indexer = await runtime();
    await indexer.run(writing(0, { a: 'old' }));
    // A height to come is answered with today's values, and must not be remembered beyond today.
    expect(text(await indexer.view('cached', bytes('a'), 1))).toBe('old');
    await indexer.run(writing(1, { a: 'new' }));
    expect(text(await indexer.view('cached', bytes('a'), 1))).toBe('new');
    expect(indexer.stats().recycled.tip).toBeGreaterThan(0);
  });

  it('is replaced by another height, unless the module is height-safe', async () => {
    const unsafe = await runtime();
    const safe = await runtime({}, 'height-safe');
    const forced = await runtime({ recycle: { heightSafe: true } });
    for (const indexer of [unsafe, safe, forced]) {
      for (let height = 0; height < 3; height++) await indexer.run(writing(height, {}));
    }
    const counts = async (indexer: MetashrewRuntime) => [
      await countOf(indexer, 2),
      await countOf(indexer, 1),
      await countOf(indexer, 1),
      await countOf(indexer, 2),
    ];
    expect(await counts(unsafe)).toEqual([1, 1, 2, 1]);
    expect(await counts(safe)).toEqual([1, 2, 3, 4]);
    expect(await counts(forced)).toEqual([1, 2, 3, 4]);
  });

  it('is replaced by a reorganisation, also when the module is height-safe', async () => {
    for (const guest of ['indexer', 'height-safe'] as const) {
      const indexer = await runtime({}, guest);
      await indexer.run(writing(0, {}));
      await indexer.run(writing(1, { a: 'orphan' }));
      expect(text(await indexer.view('cachedbyheight', bytes('a'), 1))).toBe('orphan');
      await indexer.rollback(0);
      await indexer.run(writing(1, { a: 'main' }, 1));
      expect(text(await indexer.view('cachedbyheight', bytes('a'), 1))).toBe('main');
      expect(indexer.stats().recycled.reorganisation).toBe(1);
    }
  });

  it('of a height-safe module never sees a height above the tip', async () => {
    const indexer = await runtime({}, 'height-safe');
    await indexer.run(writing(0, { a: 'old' }));
    expect(text(await indexer.view('cachedbyheight', bytes('a'), 1))).toBe('old');
    await indexer.run(writing(1, { a: 'new' }));
    expect(text(await indexer.view('cachedbyheight', bytes('a'), 1))).toBe('new');
    expect(indexer.stats()).toMatchObject({ freshViews: 1 });
  });
});

describe('stateful and fresh views', () => {
  // Few keys, and heights around the tip: what is remembered is asked for again, and soon wrong.
  const key = fc.constantFrom('a', 'b');
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        write: fc.dictionary(key, fc.constantFrom('1', '2', '3'), { minKeys: 1 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ backBy: fc.integer({ min: 1, max: 4 }) }) },
    {
      weight: 8,
      arbitrary: fc.record({
        view: fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom('cached', 'cachedbyheight') },
          { weight: 1, arbitrary: fc.constantFrom('getvalue', 'blocks', 'height', 'boom', 'nope') },
        ),
        key,
        aboveTip: fc.integer({ min: -2, max: 2 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ preview: key }) },
  );
  const steps = fc.array(step, { minLength: 10, maxLength: 40, size: 'max' });
  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

  const answer = (call: Promise<Uint8Array>) => call.then(text, (error: Error) => error.message);

  /** Does the steps on `indexer`; whatever `stateful` answers, a fresh instance must answer too. */
  async function compare(
    steps: readonly Step[],
    guest: GuestName,
    indexer: MetashrewRuntime,
    stateful: ViewAnswerer,
  ): Promise<void> {
    const { store } = indexer;
    const options = { store, statefulViews: 'off', cache: { limitBytes: 4_096 } } as const;
    const fresh = await runtime(options, guest);
    let branch = 0;
    for (const each of steps) {
      const tip = store.mark().tip ?? -1;
      if ('write' in each) {
        await indexer.run(writing(tip + 1, each.write, branch));
      } else if ('backBy' in each) {
        branch++;
        await indexer.rollback(Math.max(-1, tip - each.backBy));
      } else if ('preview' in each) {
        if (tip < 0) continue;
        const { bytes: block } = writing(tip + 1, { [each.preview]: 'preview' });
        const preview = (views: ViewAnswerer) =>
          answer(views.preview(block, 'cachedbyheight', bytes(each.preview), tip));
        expect(await preview(stateful)).toBe(await preview(fresh));
      } else {
        // `cached` remembers without the height: a height-safe module must not have such a view.
        if (guest === 'height-safe' && each.view === 'cached') continue;
        const view = (views: ViewAnswerer) =>
          answer(views.view(each.view, bytes(each.key), Math.max(0, tip + each.aboveTip)));
        expect(await view(stateful)).toBe(await view(fresh));
      }
    }
  }

  it.each([
    ['indexer', 'in memory', 60],
    ['indexer', 'on lmdb', 15],
    ['height-safe', 'in memory', 60],
  ] as const)(
    'are the same for any blocks, reorganisations, views and heights (%s, %s)',
    async (guest, kind, numRuns) => {
      const folder = temporaryFolder();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const store =
            kind === 'in memory' ? new MemoryStore() : new LmdbStore(folder, { label: `${run++}` });
          const stateful = await runtime({ store }, guest);
          await compare(all, guest, stateful, stateful);
          await store.close();
        }),
        { numRuns },
      );
    },
  );

  it.each(['indexer', 'height-safe'] as const)(
    'are the same in a pool, whose threads are told of nothing (%s)',
    async (guest) => {
      const indexer = await indexedRuntime(0, guest);
      const pool = await poolOn(indexer, { poolSize: 2, dispatch: 'round-robin' });
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          await indexer.rollback(-1);
          await compare(all, guest, indexer, pool);
        }),
        { numRuns: 15 },
      );
    },
  );

  it('differ when the instance would outlive a block: the test above can fail', async () => {
    const store = new MemoryStore();
    const careless = await runtime({ store, recycle: { heightSafe: true } });
    await careless.run(writing(0, { a: 'old' }));
    await careless.view('cached', bytes('a'), 0);
    await careless.run(writing(1, { a: 'new' }));
    expect(text(await careless.view('cached', bytes('a'), 1))).toBe('old');
  });
});

it('a view of many reads costs the store one read for each key', async () => {
  const store = new MemoryStore();
  const indexer = await runtime({ store });
  await indexer.run(writing(0, { a: '1' }));
  let reads = 0;
  const { get } = MemoryStore.prototype;
  store.get = function counting(...args) {
    reads++;
    return get.apply(this, args);
  };
  expect(text(await indexer.view('getvalue', bytes('a'), 0))).toBe('1');
  expect(text(await indexer.view('getvalue', bytes('a'), 0))).toBe('1');
  expect(reads).toBe(1);
});
