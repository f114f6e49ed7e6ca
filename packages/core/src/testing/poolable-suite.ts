import assert from 'node:assert/strict';
import type { PoolOptions } from '../contract/options.js';
import type { MaybePromise, PoolFactory } from '../contract/poolable.js';
import { PoolError } from '../errors.js';
import { Pool } from '../pool.js';
import { auditStats } from './audit.js';
import { type ContractTest, runSuite, type SuiteRunner, type SuiteSubject } from './suite.js';

/** What a poolable can do beyond being made and used. Undeclared groups of tests are skipped. */
export interface PoolableCapabilities {
  /** Its check tells a spoilt resource from a good one; brings `spoil`. */
  readonly validates?: boolean | undefined;
  /** Its reset removes what a borrower left behind; brings `soil` and `isClean`. */
  readonly resets?: boolean | undefined;
  /** It can be seen whether a resource was ended; brings `isEnded`. */
  readonly ends?: boolean | undefined;
  /** It tells the pool when it dies; brings `kill`. */
  readonly announcesDeath?: boolean | undefined;
  /** Creation stops when its signal aborts. */
  readonly abortsCreation?: boolean | undefined;
  /** One resource can serve several borrowers at once. */
  readonly shared?: boolean | undefined;
}

/** A poolable on trial. */
export interface PoolableSubject<T> extends SuiteSubject {
  /** A factory of its own for each test. */
  factory(): PoolFactory<T>;
  /** Uses a resource as a borrower would; throws when it is unusable. */
  exercise(resource: T): MaybePromise<void>;
  readonly capabilities: PoolableCapabilities;
  /** Makes a resource unusable, so that its check must fail. */
  spoil?(resource: T): MaybePromise<void>;
  /** Leaves something behind that the next borrower must not see. */
  soil?(resource: T): MaybePromise<void>;
  isClean?(resource: T): MaybePromise<boolean>;
  isEnded?(resource: T): boolean;
  /** Lets a resource die, so that it must announce its death. */
  kill?(resource: T): MaybePromise<void>;
  /** Options that this poolable needs, such as longer limits. */
  readonly options?: PoolOptions<T> | undefined;
}

const NEEDED_METHODS = {
  validates: ['spoil'],
  resets: ['soil', 'isClean'],
  ends: ['isEnded'],
  announcesDeath: ['kill'],
} as const;

/**
 * Registers the tests that a poolable has to pass so that a pool can trust it.
 *
 * @example
 * poolableSuite({ test, skip: (title, why) => test.skip(`${title} (${why})`) }, {
 *   name: 'a database connection',
 *   factory: () => connections,
 *   exercise: (connection) => connection.ping(),
 *   capabilities: { ends: true },
 *   isEnded: (connection) => connection.closed,
 * });
 *
 * @throws TypeError when a declared capability lacks the method that shows it
 */
export function poolableSuite<T>(runner: SuiteRunner, subject: PoolableSubject<T>): void {
  for (const [capability, methods] of Object.entries(NEEDED_METHODS)) {
    if (!subject.capabilities[capability as keyof PoolableCapabilities]) continue;
    for (const method of methods) {
      if (subject[method] === undefined) {
        throw new TypeError(`${subject.name} declares '${capability}' but brings no ${method}()`);
      }
    }
  }
  runSuite(runner, subject, testsOf<T>(), (capability) =>
    Boolean(subject.capabilities[capability as keyof PoolableCapabilities]),
  );
}

function testsOf<T>(): readonly ContractTest<PoolableSubject<T>>[] {
  return [...lending<T>(), ...ending<T>(), ...caring<T>(), ...sharing<T>()];
}

function lending<T>(): readonly ContractTest<PoolableSubject<T>>[] {
  return [
    {
      title: 'can be used as soon as it is lent',
      body: (subject) =>
        withPool(subject, {}, async (pool) => {
          await pool.use((resource) => subject.exercise(resource));
        }),
    },
    {
      title: 'is made anew on each creation',
      body: (subject) =>
        withPool(subject, { max: 2 }, async (pool) => {
          const [one, other] = await Promise.all([pool.acquire(), pool.acquire()]);
          assert.notEqual(one.resource, other.resource, 'two creations gave the same resource');
          one.release();
          other.release();
        }),
    },
    {
      title: 'can be used again by the next borrower',
      body: (subject) =>
        withPool(subject, { max: 1 }, async (pool) => {
          for (let loan = 0; loan < 5; loan++) {
            await pool.use((resource) => subject.exercise(resource));
          }
        }),
    },
    {
      title: 'serves many borrowers in turn',
      body: (subject) =>
        withPool(subject, { max: 3 }, async (pool) => {
          const work = Array.from({ length: 20 }, () =>
            pool.use((resource) => subject.exercise(resource)),
          );
          await Promise.all(work);
          assert.ok(pool.size <= 3, `the pool has ${pool.size} resources at max 3`);
        }),
    },
    {
      title: 'is replaced when its borrower destroys it',
      body: (subject) =>
        withPool(subject, { max: 1 }, async (pool) => {
          const lease = await pool.acquire();
          lease.destroy(new Error('broken by its borrower'));
          await pool.use((resource) => subject.exercise(resource));
        }),
    },
    {
      title: 'does not outlive a pool that closes while it is being made',
      body: async (subject) => {
        const pool = poolFor(subject, {});
        const acquired = pool.acquire().then(
          (lease) => lease.release(),
          (error: unknown) => assert.ok(PoolError.is(error), `rejected with ${String(error)}`),
        );
        await pool.close();
        await acquired;
        assert.equal(pool.size, 0);
        assert.deepEqual(auditStats(pool.stats()), []);
      },
    },
  ];
}

function ending<T>(): readonly ContractTest<PoolableSubject<T>>[] {
  return [
    {
      title: 'is not ended while it is lent, and is when the pool closes',
      needs: 'ends',
      body: async (subject) => {
        const pool = poolFor(subject, {});
        const lease = await pool.acquire();
        const { resource } = lease;
        assert.equal(subject.isEnded?.(resource), false, 'ended while it was lent');
        lease.release();
        await pool.close();
        assert.equal(subject.isEnded(resource), true, 'not ended although the pool closed');
        assert.equal(pool.stats().counters.destroyErrors, 0);
      },
    },
    {
      title: 'is ended when its borrower destroys it',
      needs: 'ends',
      body: (subject) =>
        withPool(subject, {}, async (pool) => {
          const lease = await pool.acquire();
          const { resource } = lease;
          lease.destroy();
          await pool.clear();
          await pool.drain();
          assert.equal(subject.isEnded?.(resource), true);
        }),
    },
    {
      title: 'stops being made when the pool is closed by force',
      needs: 'abortsCreation',
      body: async (subject) => {
        const factory = subject.factory();
        let creation: Promise<unknown> = Promise.resolve();
        const pool = new Pool<T>(
          {
            ...hooksOf(factory),
            create: (context) => {
              const made = factory.create(context);
              creation = Promise.resolve(made);
              return made;
            },
          },
          { ...subject.options, autostart: false },
        );
        const refused = assert.rejects(pool.acquire());
        await pool.close({ force: true });
        await refused;
        await assert.rejects(creation, 'creation went on although its signal had aborted');
      },
    },
  ];
}

function caring<T>(): readonly ContractTest<PoolableSubject<T>>[] {
  return [
    {
      title: 'passes its own check when it is new',
      needs: 'validates',
      body: (subject) =>
        withPool(subject, { testOnCreate: true }, async (pool) => {
          await pool.use((resource) => subject.exercise(resource));
          assert.equal(pool.stats().counters.invalid, 0);
        }),
    },
    {
      title: 'passes its own check after it was used',
      needs: 'validates',
      body: (subject) =>
        withPool(subject, { max: 1, testOnReturn: true }, async (pool) => {
          const lease = await pool.acquire();
          await subject.exercise(lease.resource);
          await lease.releaseAsync();
          assert.equal(pool.stats().counters.invalid, 0);
          assert.equal(pool.available, 1);
        }),
    },
    {
      title: 'is found out by its check once it is spoilt, and replaced',
      needs: 'validates',
      body: (subject) =>
        withPool(subject, { max: 1, testOnReturn: true }, async (pool) => {
          const lease = await pool.acquire();
          const { resource } = lease;
          await subject.spoil?.(resource);
          await lease.releaseAsync();
          assert.equal(pool.stats().counters.invalid, 1, 'the check let a spoilt resource pass');
          await pool.use((next) => subject.exercise(next));
        }),
    },
    {
      title: 'is clean for the next borrower',
      needs: 'resets',
      body: (subject) =>
        withPool(subject, { max: 1 }, async (pool) => {
          const lease = await pool.acquire();
          await subject.soil?.(lease.resource);
          await lease.releaseAsync();
          const next = await pool.acquire();
          assert.equal(await subject.isClean?.(next.resource), true);
          await subject.exercise(next.resource);
          next.release();
          assert.equal(pool.stats().counters.resetErrors, 0);
        }),
    },
    {
      title: 'is replaced when it dies while idle',
      needs: 'announcesDeath',
      body: (subject) =>
        withPool(subject, { max: 1 }, async (pool) => {
          const lease = await pool.acquire();
          const { resource } = lease;
          await lease.releaseAsync();
          const died = eventOf(pool, 'died');
          await subject.kill?.(resource);
          await died;
          await pool.use((next) => subject.exercise(next));
        }),
    },
    {
      title: 'tells its borrower when it dies on loan, and is not lent again',
      needs: 'announcesDeath',
      body: (subject) =>
        withPool(subject, { max: 1 }, async (pool) => {
          const lease = await pool.acquire();
          const { resource, signal } = lease;
          const died = eventOf(pool, 'died');
          await subject.kill?.(resource);
          await died;
          assert.equal(signal.aborted, true, 'lease.signal did not abort');
          lease.release();
          const next = await pool.acquire();
          assert.notEqual(next.resource, resource, 'a dead resource was lent again');
          next.release();
        }),
    },
  ];
}

function sharing<T>(): readonly ContractTest<PoolableSubject<T>>[] {
  return [
    {
      title: 'serves several borrowers at once',
      needs: 'shared',
      body: (subject) =>
        withPool(subject, { max: 1, concurrency: 3 }, async (pool) => {
          const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
          await Promise.all(leases.map(async ({ resource }) => subject.exercise(resource)));
          for (const lease of leases) lease.release();
        }),
    },
  ];
}

/** Bound, so that a factory that is a class keeps its `this`. */
function hooksOf<T>(factory: PoolFactory<T>): Omit<PoolFactory<T>, 'create'> {
  return {
    ...(factory.validate && { validate: factory.validate.bind(factory) }),
    ...(factory.reset && { reset: factory.reset.bind(factory) }),
    ...(factory.destroy && { destroy: factory.destroy.bind(factory) }),
  };
}

function poolFor<T>(subject: PoolableSubject<T>, options: PoolOptions<T>): Pool<T> {
  return new Pool<T>(subject.factory(), { name: subject.name, ...subject.options, ...options });
}

/** Gives a pool to `body`, closes it whatever happens, and looks at its books. */
async function withPool<T>(
  subject: PoolableSubject<T>,
  options: PoolOptions<T>,
  body: (pool: Pool<T>) => Promise<void>,
): Promise<void> {
  const pool = poolFor(subject, options);
  try {
    await body(pool);
    assert.deepEqual(auditStats(pool.stats()), []);
  } finally {
    await pool.close({ force: true });
  }
  assert.equal(pool.size, 0, 'something is left after close');
}

function eventOf<T>(pool: Pool<T>, name: 'died'): Promise<void> {
  return new Promise((resolve) => {
    const stop = pool.on(name, () => {
      stop();
      resolve();
    });
  });
}
