import { type Lease, PoolError } from '../../src/index.js';
import type { Step, Verb } from './program.js';
import type { Protocol } from './protocol.js';
import type { Product, World } from './world.js';

/** An `acquire` that was called. */
interface Call {
  readonly order: number;
  readonly priority: number;
  readonly plain: boolean;
  state: 'waiting' | 'served' | 'refused';
}

interface Held {
  readonly lease: Lease<Product>;
  readonly product: Product;
  readonly exclusive: boolean;
}

/** Those who borrow in a random program, what they hold, and what must never happen to them. */
export class Borrowers {
  /** How far the clock has jumped, in ms; a clock that goes backwards holds up every deadline. */
  jumpedMs = 0;
  readonly #world: World;
  readonly #protocol: Protocol;
  readonly #classes: number;
  readonly #concurrency: number;
  readonly #calls: Call[] = [];
  readonly #held: Held[] = [];
  readonly #ended: Lease<Product>[] = [];
  readonly #signals = Array.from({ length: 3 }, () => new AbortController());
  #serial = 0;

  constructor(world: World, protocol: Protocol, classes: number, concurrency: number) {
    this.#world = world;
    this.#protocol = protocol;
    this.#classes = classes;
    this.#concurrency = concurrency;
  }

  /** Leases that last. */
  get holding(): number {
    return this.#held.length;
  }

  /** Callers without an answer. */
  get unanswered(): number {
    return this.#calls.filter(({ state }) => state === 'waiting').length;
  }

  /** What is wrong with who holds what, in words. */
  faults(): string[] {
    this.#forgetEnded();
    const wrong: string[] = [];
    const holders = new Map<Product, Held[]>();
    for (const held of this.#held) {
      holders.set(held.product, [...(holders.get(held.product) ?? []), held]);
    }
    for (const [product, all] of holders) {
      if (all.length > this.#concurrency) {
        wrong.push(`${all.length} hold product ${product.serial}`);
      }
      if (all.length > 1 && all.some(({ exclusive }) => exclusive)) {
        wrong.push(`product ${product.serial} is held by one exclusively and by another`);
      }
    }
    return wrong;
  }

  releaseAll(): void {
    for (const { lease } of [...this.#held]) lease.release();
    this.#forgetEnded();
  }

  acquire(step: Extract<Step, { do: 'acquire' }>): void {
    const { pool, clock } = this.#world;
    const { timeoutMs, wish } = step;
    const call: Call = {
      order: ++this.#serial,
      priority: Math.min(step.priority, this.#classes - 1),
      plain: wish === 'any',
      state: 'waiting',
    };
    this.#calls.push(call);
    const until = clock.now() + timeoutMs;
    const signal = this.#signals[step.signal]?.signal;
    pool
      .acquire({
        timeoutMs,
        priority: step.priority,
        ...(signal !== undefined && { signal }),
        ...(wish === 'exclusive' && { exclusive: true }),
        ...(wish === 'even' && { where: isEven }),
        ...(wish === 'broken' && { where: broken }),
      })
      .then(
        (lease) => {
          call.state = 'served';
          if (clock.now() > until && this.jumpedMs === 0) {
            this.#protocol.complain('a lease came after its deadline');
          }
          void this.#lookForOvertaken(call);
          this.#hold(lease, wish === 'exclusive' ? 'exclusive' : 'shared');
        },
        (error: unknown) => {
          call.state = 'refused';
          if (!PoolError.is(error)) this.#protocol.complain(`acquire gave ${String(error)}`);
        },
      );
  }

  try({ wish }: Extract<Step, { do: 'try' }>): void {
    const { pool } = this.#world;
    const waiting = pool.pending;
    const lease = pool.tryAcquire(
      wish === 'any' ? undefined : wish === 'even' ? { where: isEven } : { exclusive: true },
    );
    if (lease === undefined) return;
    if (waiting > 0) this.#protocol.complain('tryAcquire overtook a waiter');
    this.#hold(lease, wish === 'exclusive' ? 'exclusive' : 'shared');
  }

  use({ holdMs, ends }: Extract<Step, { do: 'use' }>): void {
    const { pool, clock } = this.#world;
    const used = pool.use(
      async (_product, lease) => {
        this.#hold(lease, 'shared');
        await new Promise<void>((resolve) => {
          clock.setTimeout(resolve, holdMs);
        });
        if (ends === 'badly') throw new PoolError('ERR_POOL_INVALID', 'the work went wrong');
      },
      { timeoutMs: 80 },
    );
    this.#protocol.expectSettled('use', used);
  }

  useSync({ ends }: Extract<Step, { do: 'use-sync' }>): void {
    const { pool, workshop } = this.#world;
    const failure = new PoolError('ERR_POOL_INVALID', 'the work went wrong');
    try {
      pool.useSync((product) => {
        if (!workshop.isUsable(product)) this.#protocol.complain('useSync lent an ended product');
        if (ends === 'badly') throw failure;
      });
    } catch (error) {
      if (error !== failure && !PoolError.is(error, 'ERR_POOL_EXHAUSTED')) throw error;
    }
  }

  /** Verbs of leases; false = this is not one of them. */
  verb(verb: Verb, which: number): boolean {
    const { workshop } = this.#world;
    const lease = this.#held[which % Math.max(1, this.#held.length)]?.lease;
    const active = lease?.active === true;
    switch (verb) {
      case 'release':
        lease?.release();
        break;
      case 'release-async':
        if (lease) this.#protocol.expectSettled('releaseAsync', lease.releaseAsync());
        break;
      case 'stale': {
        const stale = this.#ended[which % Math.max(1, this.#ended.length)];
        stale?.release();
        stale?.destroy();
        break;
      }
      case 'destroy':
        lease?.destroy(new Error('broken by its borrower'));
        break;
      case 'fail':
        if (active) lease.fail();
        break;
      case 'touch':
        if (active) lease.touch();
        break;
      case 'watch':
        // Whoever is told that his resource is no good gives it back at once.
        if (active) lease.signal.addEventListener('abort', () => lease.release());
        break;
      case 'detach':
        if (active) workshop.tookOut(lease.detach());
        break;
      case 'abort': {
        const at = which % this.#signals.length;
        this.#signals[at]?.abort();
        this.#signals[at] = new AbortController();
        break;
      }
      case 'died':
      case 'add':
      case 'pause':
      case 'resume':
      case 'start':
        return false;
    }
    return true;
  }

  /** Takes what is there, if anything. */
  take(): void {
    const lease = this.#world.pool.tryAcquire();
    if (lease !== undefined) this.#hold(lease, 'shared');
  }

  #hold(lease: Lease<Product>, how: 'exclusive' | 'shared'): void {
    if (!lease.active) {
      // Taken away between the promise and us: by a forced close, or an alarm of the leak detection.
      this.#ended.push(lease);
      return;
    }
    const product = lease.resource;
    if (!this.#world.workshop.isUsable(product)) {
      this.#protocol.complain(`product ${product.serial} was lent after it was ended`);
    }
    this.#held.push({ lease, product, exclusive: how === 'exclusive' });
  }

  #forgetEnded(): void {
    for (const { lease } of this.#held) if (!lease.active) this.#ended.push(lease);
    const lasting = this.#held.filter(({ lease }) => lease.active);
    this.#held.splice(0, this.#held.length, ...lasting);
  }

  /** First come, first served, among those who want just any resource with the same urgency. */
  async #lookForOvertaken(call: Call): Promise<void> {
    if (!call.plain) return;
    const overtaken = this.#calls.find(
      (other) =>
        other.state === 'waiting' &&
        other.plain &&
        other.order < call.order &&
        other.priority === call.priority,
    );
    if (overtaken === undefined) return;
    // Who was refused before learns it a little later: a refusal takes more turns of the microtask queue than a lease.
    for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    if (overtaken.state !== 'refused') {
      this.#protocol.complain(`caller ${call.order} overtook caller ${overtaken.order}`);
    }
  }
}

function isEven(product: Product): boolean {
  return product.serial % 2 === 0;
}

function broken(): never {
  throw new Error('the predicate is broken');
}
