import { type Lease, PoolError } from '../../src/index.js';
import { EventRecorder } from '../../src/testing/index.js';
import type { Program, Step } from './program.js';
import { LONG_MS, newWorld, type Product, safetyOf, settle, type World } from './world.js';

const HOOKS = ['create', 'validate', 'reset', 'destroy'] as const;

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

/** Runs a program and throws an error that says which promise of a pool it broke. */
export async function runProgram(program: Program): Promise<void> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    const run = new Run(program);
    for (const [index, step] of program.steps.entries()) {
      run.at = `step ${index} (${step.do})`;
      run.do(step);
      await settle();
      run.checkSafety();
    }
    await run.recover();
    await run.close();
    await settle();
    run.ask(unhandled.length === 0, `unhandled rejection of ${String(unhandled[0])}`);
  } finally {
    process.off('unhandledRejection', note);
  }
}

class Run {
  at = 'the beginning';
  readonly #world: World;
  readonly #program: Program;
  readonly #calls: Call[] = [];
  readonly #held: Held[] = [];
  readonly #ended: Lease<Product>[] = [];
  readonly #signals = Array.from({ length: 3 }, () => new AbortController());
  /** Promises that must have settled at the end. */
  readonly #promises = new Map<string, Promise<unknown>>();
  readonly #complaints: string[] = [];
  readonly #recorder: EventRecorder<Product> | undefined;
  #jumpedMs = 0;
  /** How often listeners may still use the pool. */
  #meddlings = 6;
  #sizeAllowed: number;
  #serial = 0;
  #adopted = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#world = newWorld(program.options, program.manner);
    this.#sizeAllowed = this.#world.pool.max;
    this.#recorder = program.ear === 'nobody' ? undefined : new EventRecorder(this.#world.pool);
    if (program.ear === 'throws') this.#throwInListeners();
    if (program.ear === 'meddles') this.#meddleInListeners();
  }

  ask(answer: boolean, complaint: string): void {
    if (!answer) {
      throw new Error(
        `after ${this.at}: ${complaint}\n${JSON.stringify(this.#world.pool.stats())}`,
      );
    }
  }

  do(step: Step): void {
    const { pool, clock, workshop } = this.#world;
    switch (step.do) {
      case 'acquire':
        this.#acquire(step);
        return;
      case 'try':
        this.#try(step);
        return;
      case 'use':
        this.#use(step);
        return;
      case 'use-sync':
        this.#useSync(step);
        return;
      case 'resize':
        this.#resize(step);
        return;
      case 'clear':
        this.#expectSettled('clear', pool.clear({ failWaiters: step.waiters === 'rejected' }));
        return;
      case 'retain':
        pool.retain((product) => product.serial % 3 !== step.kept);
        return;
      case 'drain':
        this.#expectSettled('drain', pool.drain({ timeoutMs: step.timeoutMs }));
        return;
      case 'ready':
        this.#expectSettled('ready', pool.ready({ idle: step.idle, timeoutMs: step.timeoutMs }));
        return;
      case 'close':
        this.#expectSettled('close', pool.close({ force: step.how === 'by force' }));
        return;
      case 'advance':
        this.#expectSettled('advance', clock.advance(step.ms));
        return;
      case 'jump':
        this.#jumpedMs += Math.abs(step.ms);
        clock.jump(step.ms);
        return;
      case 'gate':
        workshop.gates.set(HOOKS[step.hook] ?? 'create', step.gate);
        return;
      default:
        this.#simple(step.do, step.which);
        return;
    }
  }

  checkSafety(): void {
    const { pool } = this.#world;
    this.#forgetEnded();
    this.#sizeAllowed = Math.max(pool.max, Math.min(this.#sizeAllowed, pool.size));
    const stats = pool.stats();
    const wrong = [...this.#complaints, ...safetyOf(this.#world, this.#sizeAllowed, stats)];
    const holders = new Map<Product, Held[]>();
    for (const held of this.#held) {
      holders.set(held.product, [...(holders.get(held.product) ?? []), held]);
    }
    const most = this.#program.options.concurrency ?? 1;
    for (const [product, all] of holders) {
      if (all.length > most) wrong.push(`${all.length} hold product ${product.serial}`);
      if (all.length > 1 && all.some(({ exclusive }) => exclusive)) {
        wrong.push(`product ${product.serial} is held by one exclusively and by another`);
      }
    }
    const { leases } = stats;
    if (leases !== this.#held.length) {
      wrong.push(`the pool counts ${leases} leases, ${this.#held.length} are active`);
    }
    this.ask(wrong.length === 0, wrong.join('; '));
  }

  /** All hooks work again: everybody is answered, and the pool serves to capacity. */
  async recover(): Promise<void> {
    const { pool, workshop, clock } = this.#world;
    this.at = 'healing';
    workshop.gates.heal();
    this.#recorder?.stop();
    this.#meddlings = 0;
    pool.resume();
    for (let round = 0; round < 20; round++) {
      this.#releaseAll();
      await clock.advance(round === 0 ? LONG_MS + this.#jumpedMs : 20);
      this.checkSafety();
      if (this.#held.length === 0 && pool.pending === 0) break;
    }
    const waiting = this.#calls.filter(({ state }) => state === 'waiting');
    this.ask(waiting.length === 0, `${waiting.length} callers were never answered`);
    if (pool.state === 'closing' || pool.state === 'closed') return;
    await this.#serveToCapacity();
    await this.#rest();
  }

  async close(): Promise<void> {
    const { pool, clock, workshop } = this.#world;
    this.at = 'close';
    this.#expectSettled('close', pool.close());
    await clock.advance(LONG_MS + this.#jumpedMs);
    this.checkSafety();
    for (const [name, promise] of this.#promises) {
      this.ask(await isSettled(promise), `${name} never settled`);
    }
    this.ask(pool.state === 'closed' && pool.size === 0, `${pool.size} left after close`);
    this.ask(workshop.alive.size === 0, `${workshop.alive.size} alive after close`);
    this.ask(clock.pending === 0, `${clock.pending} timers left after close`);
    const { listenerErrors, created } = pool.stats().counters;
    this.ask(this.#program.ear === 'throws' || listenerErrors === 0, 'a listener threw');
    this.ask(created <= workshop.made + this.#adopted, 'the pool counts more than were made');
    await this.#askRefusal();
  }

  async #serveToCapacity(): Promise<void> {
    const { pool } = this.#world;
    this.at = 'healed';
    const before = this.#held.length;
    for (let index = 0; index < pool.max; index++) {
      this.#acquire({
        do: 'acquire',
        timeoutMs: LONG_MS,
        priority: 0,
        wish: 'exclusive',
        signal: 9,
      });
    }
    for (let turn = 0; turn < 40 && this.#held.length < before + pool.max; turn++) await settle();
    this.checkSafety();
    this.ask(
      this.#held.length === before + pool.max,
      `healed, but only ${this.#held.length} of ${pool.max} served at once`,
    );
    this.#releaseAll();
    await settle();
    this.checkSafety();
  }

  /** An idle pool shrinks to what it must keep, makes nothing, and then sets no alarm. */
  async #rest(): Promise<void> {
    const { pool, clock, workshop } = this.#world;
    const { idleTimeoutMs, hardIdleTimeoutMs, maxLifetimeMs, testWhileIdle, minIdle } =
      this.#program.options;
    this.at = 'resting';
    await clock.advance(LONG_MS + this.#jumpedMs);
    if (hardIdleTimeoutMs !== 0 || maxLifetimeMs !== 0) return;
    const made = workshop.made;
    await clock.advance(LONG_MS / 2);
    this.checkSafety();
    this.ask(workshop.made === made, 'an idle pool makes resources');
    if (idleTimeoutMs !== 0) {
      const kept = Math.max(pool.min, minIdle ?? 0);
      this.ask(pool.size === kept, `idle eviction left ${pool.size} where ${kept} are wanted`);
    }
    if (testWhileIdle !== true) {
      this.ask(clock.pending === 0, `an idle pool has ${clock.pending} timers set`);
    }
  }

  async #askRefusal(): Promise<void> {
    const { pool, workshop } = this.#world;
    const { made } = workshop;
    const refused = await pool.acquire().catch((error: unknown) => error);
    this.ask(PoolError.is(refused, 'ERR_POOL_CLOSED'), 'a closed pool does not refuse');
    this.ask(pool.tryAcquire() === undefined, 'a closed pool lends');
    this.ask(workshop.made === made, 'a closed pool creates');
  }

  #acquire(step: Extract<Step, { do: 'acquire' }>): void {
    const { pool, clock } = this.#world;
    const { timeoutMs, wish } = step;
    const call: Call = {
      order: ++this.#serial,
      priority: Math.min(step.priority, (this.#program.options.priorities ?? 1) - 1),
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
          // A clock that went backwards holds up every deadline.
          if (clock.now() > until && this.#jumpedMs === 0) {
            this.#complaints.push('a lease came after its deadline');
          }
          this.#lookForOvertaken(call);
          this.#hold(lease, wish === 'exclusive' ? 'exclusive' : 'shared');
        },
        (error: unknown) => {
          call.state = 'refused';
          if (!PoolError.is(error)) this.#complaints.push(`acquire gave ${String(error)}`);
        },
      );
  }

  /** First come, first served, among those who want just any resource with the same urgency. */
  #lookForOvertaken(call: Call): void {
    if (!call.plain) return;
    const overtaken = this.#calls.find(
      (other) =>
        other.state === 'waiting' &&
        other.plain &&
        other.order < call.order &&
        other.priority === call.priority,
    );
    if (overtaken !== undefined) {
      this.#complaints.push(`caller ${call.order} overtook caller ${overtaken.order}`);
    }
  }

  #try({ wish }: Extract<Step, { do: 'try' }>): void {
    const { pool } = this.#world;
    const waiting = pool.pending;
    const lease = pool.tryAcquire(
      wish === 'any' ? undefined : wish === 'even' ? { where: isEven } : { exclusive: true },
    );
    if (lease === undefined) return;
    if (waiting > 0) this.#complaints.push('tryAcquire overtook a waiter');
    this.#hold(lease, wish === 'exclusive' ? 'exclusive' : 'shared');
  }

  #use({ holdMs, ends }: Extract<Step, { do: 'use' }>): void {
    const { pool, clock } = this.#world;
    const order = ++this.#serial;
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
    this.#expectSettled(`use ${order}`, used);
  }

  #useSync({ ends }: Extract<Step, { do: 'use-sync' }>): void {
    const { pool, workshop } = this.#world;
    const failure = new PoolError('ERR_POOL_INVALID', 'the work went wrong');
    try {
      pool.useSync((product) => {
        if (!workshop.isUsable(product)) this.#complaints.push('useSync lent an ended product');
        if (ends === 'badly') throw failure;
      });
    } catch (error) {
      if (error !== failure && !PoolError.is(error, 'ERR_POOL_EXHAUSTED')) throw error;
    }
  }

  #resize({ max, min, maxIdle }: Extract<Step, { do: 'resize' }>): void {
    const { pool } = this.#world;
    const minIdle = Math.min(this.#program.options.minIdle ?? 0, max);
    const least = Math.min(min, max);
    pool.resize({ max, min: least, minIdle, maxIdle: Math.max(maxIdle, least, minIdle) });
  }

  #simple(verb: Extract<Step, { which: number }>['do'], which: number): void {
    const { pool, workshop } = this.#world;
    const held = this.#held[which % Math.max(1, this.#held.length)];
    switch (verb) {
      case 'release':
        held?.lease.release();
        return;
      case 'release-async':
        if (held !== undefined) this.#expectSettled('releaseAsync', held.lease.releaseAsync());
        return;
      case 'stale':
        this.#ended[which % Math.max(1, this.#ended.length)]?.release();
        this.#ended[which % Math.max(1, this.#ended.length)]?.destroy();
        return;
      case 'destroy':
        held?.lease.destroy(new Error('broken by its borrower'));
        return;
      case 'fail':
        if (held?.lease.active) held.lease.fail();
        return;
      case 'touch':
        if (held?.lease.active) held.lease.touch();
        return;
      case 'watch':
        // Whoever is told that his resource is no good gives it back at once.
        if (held?.lease.active) {
          held.lease.signal.addEventListener('abort', () => held.lease.release());
        }
        return;
      case 'detach':
        if (held?.lease.active) workshop.tookOut(held.lease.detach());
        return;
      case 'died': {
        const all = [...workshop.alive, ...workshop.ended.keys()];
        all[which % Math.max(1, all.length)]?.die(new Error('died of itself'));
        return;
      }
      case 'abort': {
        const at = which % this.#signals.length;
        this.#signals[at]?.abort();
        this.#signals[at] = new AbortController();
        return;
      }
      case 'pause':
        pool.pause();
        return;
      case 'resume':
        pool.resume();
        return;
      case 'start':
        pool.start();
        return;
      case 'add': {
        const product: Product = { serial: 1_000 + this.#adopted, die: () => {} };
        workshop.alive.add(product);
        if (pool.add(product)) this.#adopted++;
        else workshop.alive.delete(product);
        return;
      }
    }
  }

  #hold(lease: Lease<Product>, how: 'exclusive' | 'shared'): void {
    const { workshop } = this.#world;
    if (!lease.active) {
      // Taken away between the promise and us: by a forced close, or an alarm of the leak detection.
      this.#ended.push(lease);
      return;
    }
    const product = lease.resource;
    if (!workshop.isUsable(product)) {
      this.#complaints.push(`product ${product.serial} was lent after it was ended`);
    }
    this.#held.push({ lease, product, exclusive: how === 'exclusive' });
  }

  #forgetEnded(): void {
    for (let index = this.#held.length - 1; index >= 0; index--) {
      const held = this.#held[index] as Held;
      if (held.lease.active) continue;
      this.#held.splice(index, 1);
      this.#ended.push(held.lease);
    }
  }

  #releaseAll(): void {
    for (const { lease } of [...this.#held]) lease.release();
    this.#forgetEnded();
  }

  #expectSettled(name: string, promise: Promise<unknown>): void {
    const quiet = promise.catch((error: unknown) => {
      if (!PoolError.is(error)) this.#complaints.push(`${name} gave ${String(error)}`);
    });
    this.#promises.set(`${name} of step '${this.at}' (${this.#promises.size})`, quiet);
  }

  #throwInListeners(): void {
    for (const name of ['create', 'acquire', 'release', 'destroy', 'acquireError'] as const) {
      this.#world.pool.on(name, () => {
        throw new Error(`the listener of ${name} throws`);
      });
    }
  }

  /** Listeners that use the pool while it is in the middle of something. */
  #meddleInListeners(): void {
    const { pool } = this.#world;
    const meddle = (act: () => void) => () => {
      if (this.#meddlings-- > 0 && pool.state !== 'closed') act();
    };
    const take = (): void => {
      const lease = pool.tryAcquire();
      if (lease !== undefined) this.#hold(lease, 'shared');
    };
    pool.on('release', meddle(take));
    pool.on('acquireError', meddle(take));
    pool.on(
      'destroy',
      meddle(() => void this.#held[0]?.lease.release()),
    );
    pool.on(
      'create',
      meddle(() => void this.#held[0]?.lease.release()),
    );
    pool.on(
      'acquire',
      meddle(() => this.#expectSettled('clear', pool.clear())),
    );
    pool.on(
      'enqueue',
      meddle(() => this.#signals[0]?.abort()),
    );
    pool.on(
      'leak',
      meddle(() => void this.#held[0]?.lease.release()),
    );
    pool.on(
      'died',
      meddle(() => void this.#held[0]?.lease.destroy()),
    );
  }
}

function isEven(product: Product): boolean {
  return product.serial % 2 === 0;
}

function broken(): never {
  throw new Error('the predicate is broken');
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, settle().then(() => pending)])) !== pending;
}
