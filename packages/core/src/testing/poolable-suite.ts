import assert from 'node:assert/strict';
import type { PoolOptions } from '../contract/options.js';
import type { CreateContext, MaybePromise, PoolFactory } from '../contract/poolable.js';
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
  runSuite(
    runner,
    subject,
    testsOf<T>(),
    (capability) => subject.capabilities[capability] === true,
  );
}

type PoolableTest<T> = ContractTest<PoolableSubject<T>, keyof PoolableCapabilities>;

function testsOf<T>(): readonly PoolableTest<T>[] {
  return [...lending<T>(), ...ending<T>(), ...caring<T>(), ...sharing<T>()];
}

function lending<T>(): readonly PoolableTest<T>[] {
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
          // One that can never be cleaned would be made anew each time, and nobody would see it.
          assert.equal(pool.stats().counters.resetErrors, 0, 'its reset failed');
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
        const creations: Creation<T>[] = [];
        const pool = poolFor(subject, {}, creations);
        const acquired = pool.acquire().then(
          (lease) => lease.release(),
          (error: unknown) =>
            assert.ok(PoolError.is(error, 'ERR_POOL_CLOSED'), `rejected with ${String(error)}`),
        );
        await pool.close();
        await acquired;
        for (const creation of creations) {
          const outcome = await creation;
          const outlives = outcome.kind === 'made' && subject.isEnded?.(outcome.resource) === false;
          assert.equal(outlives, false, 'not ended although the pool closed');
        }
        assert.deepEqual(auditStats(pool.stats()), []);
      },
    },
  ];
}

function ending<T>(): readonly PoolableTest<T>[] {
  return [
    {
      title: 'is not ended while it is lent, and is when the pool closes',
      needs: 'ends',
      body: (subject) =>
        withPool(subject, {}, async (pool) => {
          const lease = await pool.acquire();
          const { resource } = lease;
          assert.equal(subject.isEnded?.(resource), false, 'ended while it was lent');
          lease.release();
          await pool.close();
          assert.equal(subject.isEnded(resource), true, 'not ended although the pool closed');
          assert.equal(pool.stats().counters.destroyErrors, 0, 'its end failed');
        }),
    },
    {
      title: 'is ended when its borrower destroys it',
      needs: 'ends',
      body: (subject) =>
        withPool(subject, {}, async (pool) => {
          const lease = await pool.acquire();
          const { resource } = lease;
          lease.destroy();
          await pool.drain();
          const ended = subject.isEnded?.(resource);
          assert.equal(ended, true, 'not ended although its borrower destroyed it');
        }),
    },
    {
      title: 'stops being made when the pool is closed by force',
      needs: 'abortsCreation',
      body: async (subject) => {
        const creations: Creation<T>[] = [];
        const pool = poolFor(subject, {}, creations);
        const refused = assert.rejects(pool.acquire(), { code: 'ERR_POOL_CLOSED' });
        await pool.close({ force: true });
        await refused;
        for (const { kind } of await Promise.all(creations)) {
          assert.equal(kind, 'failed', 'creation went on although its signal had aborted');
        }
      },
    },
  ];
}

function caring<T>(): readonly PoolableTest<T>[] {
  return [
    {
      title: 'passes its own check when it is new',
      needs: 'validates',
      body: (subject) =>
        withPool(subject, { testOnCreate: true }, async (pool) => {
          await pool.use((resource) => subject.exercise(resource));
          assert.equal(pool.stats().counters.invalid, 0, 'the check found a new resource unfit');
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
          assert.equal(pool.stats().counters.invalid, 0, 'the check found a used resource unfit');
          assert.equal(pool.available, 1, 'it did not come back');
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
          assert.equal(
            await subject.isClean?.(next.resource),
            true,
            'lent with what was left in it',
          );
          await subject.exercise(next.resource);
          next.release();
          assert.equal(pool.stats().counters.resetErrors, 0, 'its reset failed');
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
          assert.equal(pool.available, 1, 'it did not come back');
          const died = deathIn(pool);
          await subject.kill?.(resource);
          await died;
          await pool.use((next) => subject.exercise(next));
        }),
    },
    {
      title: 'tells its borrower when it dies on loan, and is not lent again',
      needs: 'announcesDeath',
      body: (subject) =>
        withPool(subject, { max: 2 }, async (pool) => {
          const [lease, other] = await Promise.all([pool.acquire(), pool.acquire()]);
          const { resource, signal } = lease;
          const { signal: signalOfOther } = other;
          const died = deathIn(pool);
          await subject.kill?.(resource);
          await died;
          assert.equal(signal.aborted, true, 'lease.signal did not abort');
          assert.equal(signalOfOther.aborted, false, 'the borrower of another was told');
          lease.release();
          const next = await pool.acquire();
          assert.notEqual(next.resource, resource, 'a dead resource was lent again');
          next.release();
          other.release();
        }),
    },
  ];
}

function sharing<T>(): readonly PoolableTest<T>[] {
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

/** What became of one call of `create`, whether the pool still wanted it or not. */
type Creation<T> = Promise<
  { readonly kind: 'made'; readonly resource: T } | { readonly kind: 'failed' }
>;

/** A pool as this poolable needs it; its creations are added to `creations`. */
function poolFor<T>(
  subject: PoolableSubject<T>,
  options: PoolOptions<T>,
  creations: Creation<T>[] = [],
): Pool<T> {
  const factory = watched(subject.factory(), creations);
  return new Pool<T>(factory, { name: subject.name, ...subject.options, ...options });
}

/** The same factory, its methods bound so that one that is a class keeps its `this`. */
function watched<T>(factory: PoolFactory<T>, creations: Creation<T>[]): PoolFactory<T> {
  return new Proxy(factory, {
    get(target, key) {
      if (key !== 'create') {
        const hook: unknown = Reflect.get(target, key);
        return typeof hook === 'function' ? hook.bind(target) : hook;
      }
      return (context: CreateContext) => {
        const made = target.create(context);
        creations.push(
          Promise.resolve(made).then(
            (resource) => ({ kind: 'made', resource }),
            () => ({ kind: 'failed' }),
          ),
        );
        return made;
      };
    },
  });
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
    // Not by force: that would cut off what resets are still on.
    await pool.close();
  } finally {
    await pool.close({ force: true });
  }
}

function deathIn<T>(pool: Pool<T>): Promise<void> {
  return new Promise((resolve) => {
    pool.on('died', () => resolve());
  });
}
