import { type Lease, type Pool, PoolError } from '@rockpool/core';
import { after, type MoodyFactory, type Thing } from './moody-factory.js';

/** Borrowers that do to a pool everything borrowers do. */
export class Load {
  served = 0;
  refused = 0;
  readonly #pool: Pool<Thing>;
  readonly #factory: MoodyFactory;
  readonly #concurrency: number;
  readonly #workers: Promise<void>[];
  #stopped = false;

  constructor(pool: Pool<Thing>, factory: MoodyFactory, concurrency: number, workers: number) {
    this.#pool = pool;
    this.#factory = factory;
    this.#concurrency = concurrency;
    this.#workers = Array.from({ length: workers }, () => this.#work());
    this.#workers.push(this.#govern());
  }

  /** Settles when every borrower has had his last answer and given everything back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pool.resume();
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const lease = await this.#acquire();
      if (lease === undefined) await after(Math.random() * 5);
      else await this.#borrow(lease);
    }
  }

  async #acquire(): Promise<Lease<Thing> | undefined> {
    const controller = new AbortController();
    const dice = Math.random();
    if (dice < 0.1) setTimeout(() => controller.abort(), Math.random() * 10);
    try {
      const lease =
        dice > 0.9
          ? this.#pool.tryAcquire()
          : await this.#pool.acquire({
              timeoutMs: 1 + Math.random() * 200,
              priority: Math.floor(Math.random() * 3),
              ...(dice < 0.2 && { signal: controller.signal }),
              ...(dice > 0.8 && { exclusive: true }),
              ...(dice > 0.7 && dice < 0.75 && { where: ({ id }: Thing) => id % 2 === 0 }),
            });
      if (lease !== undefined) this.served++;
      return lease;
    } catch (error) {
      if (!PoolError.is(error)) this.#factory.faults.push(`acquire gave ${String(error)}`);
      this.refused++;
      return undefined;
    }
  }

  async #borrow(lease: Lease<Thing>): Promise<void> {
    if (!lease.active) return;
    const thing = lease.resource;
    if (thing.ended !== undefined)
      this.#factory.faults.push(`thing ${thing.id} lent after its end`);
    if (++thing.holders > this.#concurrency) {
      this.#factory.faults.push(`thing ${thing.id} has ${thing.holders} holders`);
    }
    const dice = Math.random();
    // Now and then for so long that a pool that looks for leaks takes the lease away.
    if (dice < 0.01) await after(120);
    else if (dice < 0.3) await after(Math.random() * 8);
    else await Promise.resolve();
    // Before the release: afterwards the next borrower may have it already.
    thing.holders--;
    this.#giveBack(lease, thing);
  }

  #giveBack(lease: Lease<Thing>, thing: Thing): void {
    const dice = Math.random();
    if (dice < 0.03) lease.destroy(new Error('broken by its borrower'));
    else if (dice < 0.04 && lease.active) this.#factory.takeOut(lease.detach());
    else {
      if (dice < 0.1) thing.die(new Error('died on loan'));
      if (dice > 0.9 && lease.active) lease.fail();
      lease.release();
      if (dice > 0.95) lease.release();
    }
  }

  /** Now and then somebody changes the pool as a whole. */
  async #govern(): Promise<void> {
    const pool = this.#pool;
    const { min, max } = pool;
    while (!this.#stopped) {
      await after(20 + Math.random() * 60);
      const dice = Math.random();
      if (dice < 0.2) void pool.clear({ failWaiters: dice < 0.05 });
      else if (dice < 0.4) pool.resize({ max: Math.max(min, 1, Math.ceil(Math.random() * max)) });
      else if (dice < 0.6) pool.resize({ max });
      else if (dice < 0.7) pool.retain(({ id }) => id % 3 !== 0);
      else if (dice < 0.8) [...this.#factory.alive][0]?.die(new Error('died of old age'));
      else if (dice < 0.9) {
        pool.pause();
        await after(5);
        pool.resume();
      }
    }
    pool.resize({ max });
  }
}
