import { afterEach, describe, expect, it } from 'vitest';
import { createWasmPool } from '../src/index.js';
import { toolbox } from './support/guests.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const pool of open.splice(0)) await pool.close();
});

const DEADLINE_MS = 2_000;
/** Only there so that a test that hangs ends: the facts are orders and counts. */
const SAFETY_MS = 40_000;

/** A pool of workers, all of them there before the first call. */
async function workers(max: number, deadlineMs: number) {
  const pool = createWasmPool(await toolbox(), {
    execution: 'worker',
    max,
    min: max,
    spares: 0,
    deadline: { ms: deadlineMs, hardKillAfterMs: SAFETY_MS },
    memory: { maxPages: 20 },
    onWarning: () => undefined,
  });
  open.push(pool);
  await pool.ready({ idle: max });
  return pool;
}

/** Notes who settles when, and with what. */
function noting() {
  const order: string[] = [];
  const note = (name: string, page: Promise<unknown>): Promise<void> =>
    page.then(
      (value) => void order.push(`${name}: ${String(value)}`),
      (error: { code: string }) => void order.push(`${name}: ${error.code}`),
    );
  return { order, note };
}

describe('pages beside one that never ends, each in a worker', { timeout: SAFETY_MS }, () => {
  it('are all answered before it is stopped, as long as one worker is left', async () => {
    const pool = await workers(2, DEADLINE_MS);
    const { order, note } = noting();
    const bad = note(
      'bad',
      pool.use((guest) => guest.call('spin')),
    );
    const good = Array.from({ length: 30 }, () =>
      note(
        'good',
        pool.use((guest) => guest.call('count')),
      ),
    );
    await Promise.all([bad, ...good]);
    expect(order).toEqual([...Array(30).fill('good: 1'), 'bad: ERR_WASM_DEADLINE']);
    expect(pool.wasmStats()).toMatchObject({ deadlineStops: 1, hardKills: 0 });
  });

  it('wait for one deadline and no more where it has the only worker', async () => {
    const pool = await workers(1, 300);
    const { order, note } = noting();
    const pages = ['spin', 'count', 'count', 'count'] as const;
    await Promise.all(
      pages.map((page) =>
        note(
          page,
          pool.use((guest) => guest.call(page)),
        ),
      ),
    );
    // One stop, after which all others are served, by the same worker and without another instance.
    expect(order).toEqual(['spin: ERR_WASM_DEADLINE', 'count: 1', 'count: 1', 'count: 1']);
    expect(pool.wasmStats()).toMatchObject({ deadlineStops: 1, instantiations: 1, hardKills: 0 });
  });

  it('cost as many deadlines as there are such pages, and no good page its answer', async () => {
    const pool = await workers(2, 250);
    const { order, note } = noting();
    const pages = ['spin', 'count', 'spin', 'trap', 'count', 'need', 'spin', 'count'] as const;
    await Promise.all(
      pages.map((page) =>
        note(
          page,
          pool.use((guest) => (page === 'need' ? guest.call(page, 40) : guest.call(page))),
        ),
      ),
    );
    expect(order.toSorted()).toEqual([
      ...Array(3).fill('count: 1'),
      'need: ERR_WASM_MEMORY_LIMIT',
      ...Array(3).fill('spin: ERR_WASM_DEADLINE'),
      'trap: ERR_WASM_TRAP',
    ]);
    expect(pool.wasmStats()).toMatchObject({ deadlineStops: 3, traps: 1, memoryLimitFailures: 1 });
    expect(pool.stats()).toMatchObject({ size: 2, borrowed: 0, waiting: 0 });
  });
});

describe('pages beside one that never ends, in the same thread', () => {
  /** A clock that goes on by a millisecond each time somebody looks: a run is as long as it is said to be. */
  async function inThread() {
    let clock = 0;
    const pool = createWasmPool(await toolbox(), {
      max: 3,
      deadline: { ms: 50, mechanism: 'fuel-clock' },
      memory: { maxPages: 20 },
      now: () => ++clock,
      onWarning: () => undefined,
    });
    open.push(pool);
    await pool.ready({ idle: 1 });
    return { pool, clock: () => clock };
  }

  it('begin at most one deadline later', async () => {
    const { pool, clock } = await inThread();
    const began: number[] = [];
    const page = (name: 'spin' | 'count'): Promise<unknown> =>
      pool
        .use((guest) => {
          began.push(clock());
          return guest.call(name);
        })
        .catch((error: { code: string }) => error.code);
    const answers = await Promise.all([
      page('count'),
      page('spin'),
      page('count'),
      page('spin'),
      page('count'),
    ]);
    expect(answers).toEqual([1, 'ERR_WASM_DEADLINE', 1, 'ERR_WASM_DEADLINE', 1]);
    const delays = began.slice(1).map((at, index) => at - (began[index] ?? 0));
    for (const [index, delay] of delays.entries()) {
      // A good page in between costs some looks at the clock: arming, restoring.
      expect(delay, `before page ${index + 1}`).toBeLessThan(index % 2 === 1 ? 70 : 20);
    }
    expect(delays[1]).toBeGreaterThanOrEqual(50);
    expect(pool.wasmStats().deadlineStops).toBe(2);
  });

  it('begin at once after one that traps or wants too much memory', async () => {
    const { pool, clock } = await inThread();
    const before = clock();
    const answers = await Promise.allSettled([
      pool.use((guest) => guest.call('trap')),
      pool.use((guest) => guest.call('need', 40)),
      pool.use((guest) => guest.call('count')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(clock() - before).toBeLessThan(50);
  });
});
