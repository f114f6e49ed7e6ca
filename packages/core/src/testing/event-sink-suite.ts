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
  runSuite(runner, subject, TESTS, (capability) => subject.capabilities[capability] === true);
}

const TESTS: readonly ContractTest<SinkSubject, 'namesPool'>[] = [
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
      assert.equal(pool.listening, 0, 'listeners are left after close');
      await liveAWholeLife(pool);
      await sink.flush?.();
      assert.equal((await sink.received()).length, before, 'something arrived after close');
    },
  },
  {
    title: 'may be closed twice',
    body: async (subject) => {
      const pool = new ListenedPool();
      const sink = await subject.connect(pool);
      await sink.close();
      await sink.close();
      assert.equal(pool.listening, 0, 'listeners are left after close');
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
      const { counters } = watched.stats();
      assert.equal(counters.listenerErrors, 0, 'the sink threw into the pool');
      assert.deepEqual(counters, alone.stats().counters);
      assert.deepEqual(auditStats(watched.stats()), []);
    },
  },
  {
    title: 'keeps two pools apart',
    needs: 'namesPool',
    body: async (subject) => {
      const one = new ListenedPool({ name: 'one' });
      const other = new ListenedPool({ name: 'other' });
      const watched = [];
      for (const pool of [one, other]) {
        const expected = new EventRecorder<object>(pool, subject.capabilities.events);
        watched.push({ name: pool.name, expected, sink: await subject.connect(pool) });
      }
      await liveAWholeLife(one);
      // A shorter life than the first: names that are swapped would not be seen in two that are alike.
      await other.use(() => undefined);
      await other.close();
      for (const { name, expected, sink } of watched) {
        await sink.flush?.();
        const mine = (await sink.received()).filter(({ pool }) => pool === name);
        assert.deepEqual(
          mine.map((record) => record.name),
          expected.names,
          `what arrived as of pool ${name} is not what it announced`,
        );
        await sink.close();
      }
    },
  },
];

/** Knows who listens. Started at once, so that a sink that takes its time to connect misses nothing. */
class ListenedPool extends Pool<object> {
  #ears: readonly { readonly event: PoolEventName; readonly listener: unknown }[] = [];

  constructor(options: PoolOptions<object> = {}) {
    // One attempt, and no pause before the next creation: there is nothing to wait for.
    const createRetry = { maxAttempts: 1, initialMs: 0 };
    super(new Fickle(), { max: 2, testOnReturn: true, createRetry, ...options });
    this.start();
  }

  /** Listeners that are there now. */
  get listening(): number {
    return this.#ears.length;
  }

  override on<E extends PoolEventName>(
    event: E,
    listener: (event: PoolEvents<object>[E]) => void,
  ): () => void {
    super.on(event, listener);
    this.#ears = [...this.#ears, { event, listener }];
    return () => this.off(event, listener);
  }

  override off<E extends PoolEventName>(
    event: E,
    listener: (event: PoolEvents<object>[E]) => void,
  ): void {
    super.off(event, listener);
    this.#ears = this.#ears.filter((ear) => ear.event !== event || ear.listener !== listener);
  }
}

/** Its second creation fails, its third resource cannot be reset. */
class Fickle implements PoolFactory<object> {
  #creations = 0;
  #third: object | undefined;

  create(): object {
    const resource = {};
    this.#creations++;
    if (this.#creations === 2) throw new Error('the second creation fails');
    if (this.#creations === 3) this.#third = resource;
    return resource;
  }

  validate(): boolean {
    return true;
  }

  reset(resource: object): boolean {
    return resource !== this.#third;
  }

  destroy(): void {}
}

/** Makes a pool announce most of what it can announce. */
async function liveAWholeLife(pool: Pool<object>): Promise<void> {
  const lease = await pool.acquire();
  await pool.acquire().catch(() => undefined);
  lease.fail(new Error('a failure its borrower has seen'));
  lease.release();
  pool.resize({ max: 3 });
  const leases = [await pool.acquire(), await pool.acquire(), await pool.acquire()];
  for (const each of leases) each.release();
  await pool.clear();
  await pool.close();
}
