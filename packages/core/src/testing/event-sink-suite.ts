import assert from 'node:assert/strict';
import type { PoolEventName, PoolEvents } from '../contract/events.js';
import type { PoolOptions } from '../contract/options.js';
import type { MaybePromise, PoolFactory } from '../contract/poolable.js';
import { Pool } from '../pool.js';
import { auditStats } from './audit.js';
import { EventRecorder } from './recorder.js';
import { type ContractTest, runSuite, type SuiteRunner, type SuiteSubject } from './suite.js';

/** One event as a sink got it. */
export interface SinkRecord {
  /** The name under which the pool announced it. */
  readonly name: PoolEventName;
  /** The name of the pool; only looked at with the capability `namesPool`. */
  readonly pool?: string | undefined;
}

/** A sink that is connected to a pool. */
export interface SinkConnection {
  /** What has arrived so far, in the order of arrival. */
  received(): MaybePromise<readonly SinkRecord[]>;
  /** Settles when everything that was sent has arrived; needed by sinks that deliver later. */
  flush?(): Promise<void>;
  /** Disconnects. Must be repeatable. */
  close(): MaybePromise<void>;
}

/** An event sink on trial: a bus, a logger, a channel, anything that observes pools. */
export interface SinkSubject extends SuiteSubject {
  connect(pool: Pool<object>): MaybePromise<SinkConnection>;
  readonly capabilities: {
    /** The events it takes; the others must not reach it. */
    readonly events: readonly PoolEventName[];
    /** Its records say which pool they are of. */
    readonly namesPool?: boolean | undefined;
  };
}

/**
 * Registers the tests that an event sink has to pass so that a pool can be observed with it.
 *
 * @example
 * eventSinkSuite({ test, skip: (title, why) => test.skip(`${title} (${why})`) }, {
 *   name: 'the log',
 *   connect: (pool) => connectLog(pool),
 *   capabilities: { events: ['create', 'destroy'] },
 * });
 */
export function eventSinkSuite(runner: SuiteRunner, subject: SinkSubject): void {
  runSuite(
    runner,
    subject,
    TESTS,
    (capability) => capability === 'namesPool' && subject.capabilities.namesPool === true,
  );
}

const TESTS: readonly ContractTest<SinkSubject>[] = [
  {
    title: 'gets every event it takes exactly once and in order',
    body: async (subject) => {
      const pool = new ListenedPool();
      const expected = new EventRecorder<object>(pool, subject.capabilities.events);
      const sink = await subject.connect(pool);
      await liveAWholeLife(pool);
      await sink.flush?.();
      const names = (await sink.received()).map(({ name }) => name);
      assert.deepEqual(names, expected.names);
      await sink.close();
    },
  },
  {
    title: 'gets nothing that happened before it was connected',
    body: async (subject) => {
      const pool = new ListenedPool();
      const early = await pool.acquire();
      early.release();
      const sink = await subject.connect(pool);
      await sink.flush?.();
      assert.deepEqual(await sink.received(), []);
      await sink.close();
      await pool.close();
    },
  },
  {
    title: 'gets nothing more once it is closed, and leaves no listener behind',
    body: async (subject) => {
      const pool = new ListenedPool();
      const sink = await subject.connect(pool);
      await pool.use(() => undefined);
      await sink.flush?.();
      const before = (await sink.received()).length;
      await sink.close();
      assert.equal(pool.listeners, 0, 'listeners are left after close');
      await liveAWholeLife(pool);
      await sink.flush?.();
      assert.equal((await sink.received()).length, before);
    },
  },
  {
    title: 'may be closed twice',
    body: async (subject) => {
      const pool = new ListenedPool();
      const sink = await subject.connect(pool);
      await sink.close();
      await sink.close();
      assert.equal(pool.listeners, 0);
      await pool.close();
    },
  },
  {
    title: 'changes nothing in the pool it observes',
    body: async (subject) => {
      const watched = new ListenedPool();
      const alone = new ListenedPool();
      const sink = await subject.connect(watched);
      await liveAWholeLife(watched);
      await liveAWholeLife(alone);
      await sink.close();
      assert.deepEqual(watched.stats().counters, alone.stats().counters);
      assert.deepEqual(auditStats(watched.stats()), []);
      assert.equal(watched.stats().counters.listenerErrors, 0);
    },
  },
  {
    title: 'keeps two pools apart',
    needs: 'namesPool',
    body: async (subject) => {
      const one = new ListenedPool({ name: 'one' });
      const other = new ListenedPool({ name: 'other' });
      const sinks = [await subject.connect(one), await subject.connect(other)] as const;
      await liveAWholeLife(one);
      await liveAWholeLife(other);
      for (const [index, sink] of sinks.entries()) {
        await sink.flush?.();
        const name = index === 0 ? 'one' : 'other';
        const mine = (await sink.received()).filter(({ pool }) => pool === name);
        assert.ok(mine.length > 0, `nothing of pool ${name} arrived`);
        await sink.close();
      }
    },
  },
];

/** Counts who listens. */
class ListenedPool extends Pool<object> {
  listeners = 0;

  constructor(options: PoolOptions<object> = {}) {
    super(new Fickle(), { max: 2, testOnReturn: true, createRetry: false, ...options });
  }

  override on<E extends PoolEventName>(
    event: E,
    listener: (event: PoolEvents<object>[E]) => void,
  ): () => void {
    const stop = super.on(event, listener);
    let listening = true;
    this.listeners++;
    return () => {
      if (listening) this.listeners--;
      listening = false;
      stop();
    };
  }

  override off<E extends PoolEventName>(
    event: E,
    listener: (event: PoolEvents<object>[E]) => void,
  ): void {
    this.listeners--;
    super.off(event, listener);
  }
}

/** Its second creation fails, its third resource cannot be reset. */
class Fickle implements PoolFactory<object> {
  #creations = 0;

  create(): object {
    if (++this.#creations === 2) throw new Error('the second creation fails');
    return { serial: this.#creations };
  }

  reset(resource: object): boolean {
    return !('serial' in resource && resource.serial === 3);
  }

  destroy(): void {}
}

/** Makes a pool announce most of what it can announce. */
async function liveAWholeLife(pool: Pool<object>): Promise<void> {
  const lease = await pool.acquire();
  await pool.acquire({ timeoutMs: 1_000 }).catch(() => undefined);
  lease.fail(new Error('a failure its borrower has seen'));
  lease.release();
  pool.resize({ max: 3 });
  const leases = [await pool.acquire(), await pool.acquire().catch(() => undefined)];
  for (const each of leases) each?.release();
  await pool.clear();
  await pool.close();
}
